// Behaviour that only the Docker runtime has.
#include "observe.h"
#include "tests/unit/control_http_client/far_side.h"

#include "contracts/base/json.h"
#include "contracts/base/unique_fd.h"
#include "control/runtime/docker/engine.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace std::chrono_literals;
using contracts::ErrorKind;
using contracts::Json;
using control::RuntimeEvent;
using control::WorkerSpec;
using runtime_tests::DockerBody;
using runtime_tests::must_inspect;
using runtime_tests::must_launch;
using runtime_tests::wait_for_end;
using runtime_tests::wait_for_file;
using runtime_tests::Watching;
using tests::eventually;

namespace {

// An engine that gives the same two answers for every version in the path.
class StubEngine {
public:
    StubEngine(std::string version, std::string info, int status = 200)
        : server_([=](far_side::Connection& peer) {
              for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
                  const std::string& body = head.starts_with("GET /version ") ? version : info;
                  peer.send("HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
              }
          }) {}
    [[nodiscard]] std::string socket() const { return server_.path(); }

private:
    far_side::Server server_;
};

contracts::Error refusal_of(const std::string& socket) {
    control::HttpClient http;
    const auto runtime = control::make_docker_runtime(
        {.socket = socket, .owner = "o", .bin_directory = {}, .data_directory = {}}, http);
    REQUIRE(!runtime);
    return runtime.error();
}

// A socket file that nothing serves.
contracts::UniqueFd left_behind(const std::string& path) {
    contracts::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

constexpr const char* kGoodInfo =
    R"({"MemoryLimit":true,"PidsLimit":true,"CpuCfsQuota":true,"SecurityOptions":[]})";

}  // namespace

TEST_CASE("where there is no socket there is no engine, and that alone is said so") {
    const tests::TemporaryDirectory directory;
    for (const std::string& path : {directory / "none.sock", directory / "no/such/place.sock"}) {
        const contracts::Error error = refusal_of(path);
        CHECK(error.kind == ErrorKind::not_found);
        CHECK(error.describe() == "no container engine: there is no socket " + path +
                                      "; start Docker or set RUNTIME=process");
    }
}

TEST_CASE("an engine that is there and refuses us is an error of its own, with the reason") {
    const tests::TemporaryDirectory directory;
    directory.write("file.sock", "");
    const contracts::UniqueFd unserved = left_behind(directory / "unserved.sock");
    const StubEngine forbids("no", "no", 403);
    const StubEngine other("<html>", "<html>");
    const struct {
        std::string socket;
        const char* reason;
    } engines[] = {{directory / "unserved.sock", "nothing listens"},
                   {directory / "file.sock", "nothing listens"},
                   {forbids.socket(), "status 403"},
                   {other.socket(), "the engine's answer"},
                   {directory / std::string(200, 'x'), "too long"}};
    for (const auto& engine : engines) {
        const contracts::Error error = refusal_of(engine.socket);
        INFO(error.describe());
        CHECK(error.kind == ErrorKind::fatal);
        CHECK(error.message.find(engine.reason) != std::string::npos);
    }
}

TEST_CASE("a socket that this user may not open is an engine that refuses us") {
    const tests::TemporaryDirectory directory;
    const contracts::UniqueFd closed = left_behind(directory / "docker.sock");
    REQUIRE(::chmod(directory.text().c_str(), 0711) == 0);
    REQUIRE(::chmod((directory / "docker.sock").c_str(), 0600) == 0);
    REQUIRE(::listen(closed.get(), 1) == 0);
    if (::geteuid() != 0) SKIP("only root can become another user");
    REQUIRE(::seteuid(65534) == 0);
    const auto reached = control::docker::check_reachable(directory / "docker.sock");
    REQUIRE(::seteuid(0) == 0);
    REQUIRE(!reached);
    CHECK(reached.error().kind == ErrorKind::fatal);
    CHECK(reached.error().message.find("may not be opened by this user") != std::string::npos);
    CHECK(control::docker::check_reachable(directory / "docker.sock"));
}

TEST_CASE("an engine that shares no API version with us, or that ignores limits, is refused") {
    const struct {
        const char* version;
        const char* info;
        const char* reason;
    } engines[] = {
        {R"({"Version":"x","ApiVersion":"1.39"})", kGoodInfo, "supports API 1.39"},
        {R"({"Version":"x","ApiVersion":"1.99","MinAPIVersion":"1.90"})", kGoodInfo,
         "oldest API is 1.90"},
        {R"({"Version":"x"})", kGoodInfo, "does not report its API versions"},
        {R"({"Version":"x","ApiVersion":"1.44","MinAPIVersion":"1.24"})",
         R"({"MemoryLimit":false,"PidsLimit":true,"CpuCfsQuota":true,)"
         R"("SecurityOptions":["name=seccomp,profile=default","name=rootless"]})",
         "ignores limits"},
    };
    for (const auto& engine : engines) {
        const StubEngine stub(engine.version, engine.info);
        const contracts::Error error = refusal_of(stub.socket());
        INFO(error.describe());
        CHECK(error.kind == ErrorKind::fatal);
        CHECK(error.message.find(engine.reason) != std::string::npos);
    }
}

TEST_CASE("an engine exchanged for one without our API version is spoken to in its own") {
    std::atomic<bool> exchanged = false;
    far_side::Server server([&exchanged](far_side::Connection& peer) {
        for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
            const bool fits = head.find(exchanged ? "/v1.44/" : "/v1.41/") != std::string::npos;
            const std::string body =
                !head.starts_with("GET /version ") ? (fits ? "[]" : R"({"message":"too old"})")
                : exchanged ? R"({"ApiVersion":"1.51","MinAPIVersion":"1.44"})"
                            : R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})";
            peer.send((fits || head.starts_with("GET /version ") ? "HTTP/1.1 200 OK"
                                                                 : "HTTP/1.1 400 Bad Request") +
                      ("\r\nContent-Length: " + std::to_string(body.size())) + "\r\n\r\n" + body);
        }
    });
    control::HttpClient http;
    const control::docker::Engine engine(http, server.path());
    CHECK(engine.get("/containers/json"));
    exchanged = true;
    CHECK(engine.get("/containers/json"));
    CHECK(engine.version() == control::docker::ApiVersion{1, 44});
    exchanged = false;
    CHECK(engine.get("/containers/json"));
    CHECK(engine.version() == control::docker::ApiVersion{1, 41});
}

TEST_CASE("a newer engine, also one that refuses our first API version, runs workers") {
    const std::string min_api = GENERATE("", "1.44");
    struct Newer {
        tests::DockerEngine engine;
    };
    std::unique_ptr<Newer> held;
    try {
        held.reset(new Newer{tests::DockerEngine::newer(min_api)});
    } catch (const tests::NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    DockerBody body(held->engine);
    const auto facts = control::engine_facts(body.http(), held->engine.socket());
    REQUIRE(facts);
    CHECK(facts->api_version == control::docker::ApiVersion{1, min_api.empty() ? 41 : 44});
    const auto runtime = body.make_runtime();
    Watching watching(*runtime);
    const std::string id = must_launch(*runtime, body.worker("w1", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    CHECK(must_inspect(*runtime, id).running);
    CHECK(runtime->list()->size() == 1);
    CHECK(runtime->tail(id, 1000));
    CHECK(runtime->stop(id, 1s));
    eventually("the death", [&] { return watching.death_of("w1").has_value(); });
    CHECK_FALSE(must_inspect(*runtime, id).running);
    CHECK(runtime->remove(id));
    CHECK(runtime->list()->empty());
}

TEST_CASE("an engine tells of itself what doctor wants to know") {
    DockerBody body;
    const auto facts = control::engine_facts(body.http(), body.engine().socket());
    REQUIRE(facts);
    CHECK(!facts->version.empty());
    CHECK(!facts->architecture.empty());
    CHECK(facts->limits_hold);
    CHECK(!facts->rootless);
}

TEST_CASE("the engine made the container that was asked for") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const std::string id = must_launch(*runtime, body.worker("w1", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    const auto answer = body.engine().ask("GET", "/containers/" + id + "/json");
    const Json container = Json::parse(answer.body);
    const Json& host = container["HostConfig"];
    CHECK(container["Name"] == "/worker-w1");
    CHECK(host["NetworkMode"] == "none");
    CHECK(host["Privileged"] == false);
    CHECK(host["ReadonlyRootfs"] == true);
    CHECK(host["CapDrop"] == Json::array({"ALL"}));
    CHECK(host["CapAdd"] == Json::array({"SETUID", "SETGID", "KILL"}));
    CHECK(host["SecurityOpt"] == Json::array({"no-new-privileges:true"}));
    CHECK(host["Memory"] == 512 << 20);
    CHECK(host["PidsLimit"] == 256);
    CHECK(host["NanoCpus"] == 500000000);
    CHECK(host["OomScoreAdj"] == 500);
    CHECK(host["IpcMode"] == "private");
    CHECK(host["CgroupnsMode"] == "private");
    CHECK(container["Config"]["Healthcheck"]["Test"] == Json::array({"NONE"}));
    CHECK(container["Config"]["StopTimeout"] == 40);
    CHECK(container["Mounts"].size() == 8);
    for (const Json& mount : container["Mounts"])
        CHECK(mount["Source"].get<std::string>().find("docker.sock") == std::string::npos);
}

TEST_CASE("nothing can be written outside a worker's own places") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const std::string id =
        must_launch(*runtime, body.worker("w1",
                                          "write /x; write /etc/x; write /.worker/bin/x; "
                                          "write /.worker/control/x; exit 0"));
    CHECK(wait_for_end(*runtime, id).exit_code == 0);
    const std::string own =
        must_launch(*runtime, body.worker("w2", "write /.worker/state/x; exit 0"));
    CHECK(wait_for_end(*runtime, own).exit_code == 3);
}

TEST_CASE("a worker that takes more memory than it may is killed, and both are told") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    Watching watching(*runtime);
    WorkerSpec worker = body.worker("w1", "eat 200; exit 0");
    worker.limits.memory_bytes = 64 << 20;
    const std::string id = must_launch(*runtime, worker);
    eventually("the death", [&] { return watching.death_of("w1").has_value(); });
    CHECK(watching.death_of("w1")->exit_code == 137);
    const auto events = watching.events();
    CHECK(std::ranges::any_of(events, [](const RuntimeEvent& event) {
        return event.kind == RuntimeEvent::Kind::out_of_memory && event.worker_id == "w1";
    }));
    CHECK(must_inspect(*runtime, id).oom_killed);
}

TEST_CASE("an image that is not there is named, and nothing is left behind") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    WorkerSpec worker = body.worker("w1", "wait");
    worker.image = "worker:ffffffffffff";
    const auto failed = runtime->launch(worker);
    REQUIRE(!failed);
    CHECK(failed.error().kind == ErrorKind::not_found);
    CHECK(failed.error().message.find("worker:ffffffffffff") != std::string::npos);
    CHECK(runtime->list()->empty());
}

TEST_CASE("a paused worker is seen as such, and can be stopped and killed") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const bool kill = GENERATE(true, false);
    const std::string id = must_launch(*runtime, body.worker("w1", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    REQUIRE(body.engine().ask("POST", "/containers/" + id + "/pause").status == 204);
    CHECK(must_inspect(*runtime, id).paused);
    CHECK(must_inspect(*runtime, id).running);
    CHECK(runtime->list()->at(0).paused);
    REQUIRE((kill ? runtime->kill(id) : runtime->stop(id, 1s)));
    CHECK(!must_inspect(*runtime, id).running);
    CHECK(runtime->remove(id));
}

TEST_CASE("a container that somebody made under our worker's name is not touched") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const auto worker = body.worker("shared-name", "wait");
    const auto made = body.engine().ask("POST", "/containers/create?name=worker-shared-name",
                                        Json{{"Image", worker.image}, {"Cmd", {"x"}}}.dump());
    REQUIRE(made.status == 201);
    const std::string id = Json::parse(made.body)["Id"];
    const auto launched = runtime->launch(worker);
    const auto removed = runtime->remove(id);
    const auto still = body.engine().ask("GET", "/containers/" + id + "/json").status;
    (void)body.engine().ask("DELETE", "/containers/" + id);
    REQUIRE(!launched);
    CHECK(launched.error().kind == ErrorKind::conflict);
    REQUIRE(!removed);
    CHECK(removed.error().kind == ErrorKind::permission);
    CHECK(still == 200);
}

namespace {

// Forwards requests to an engine; for a request that `lose` names, the engine carries it out but
// its answer is dropped.
class LossyEngine {
public:
    LossyEngine(const tests::DockerEngine& engine, std::string lose)
        : server_([&engine, lose = std::move(lose)](far_side::Connection& peer) {
              for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
                  const std::string method = head.substr(0, head.find(' '));
                  const std::size_t at = method.size() + 1;
                  const std::string target = head.substr(at, head.find(' ', at) - at);
                  const auto answer = engine.ask(method, target, peer.read_exactly(length(head)));
                  if ((method + target).find(lose) != std::string::npos) return;
                  peer.send("HTTP/1.1 " + std::to_string(answer.status) + " X\r\nContent-Length: " +
                            std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
              }
          }) {}
    [[nodiscard]] const std::string& path() const { return server_.path(); }

private:
    static std::size_t length(const std::string& head) {
        const std::size_t at = head.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
    }
    far_side::Server server_;
};

}  // namespace

TEST_CASE("a launch whose answer is lost leaves nothing behind") {
    DockerBody body;
    const std::string lost = GENERATE("POST/v1.41/containers/create", "/start");
    const LossyEngine lossy(body.engine(), lost);
    auto settings = body.settings("suite");
    settings.socket = lossy.path();
    auto runtime = control::make_docker_runtime(settings, body.http());
    REQUIRE(runtime);
    const auto worker = body.worker("w1", "wait");
    const auto launched = (*runtime)->launch(worker);
    REQUIRE(!launched);
    CHECK(launched.error().kind == ErrorKind::transient);
    const auto whole = body.make_runtime();
    CHECK(whole->list()->empty());
    CHECK(whole->launch(worker));
}

TEST_CASE("a watch can be ended and begun again at any time") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    for (int i = 0; i < 100; ++i) {
        Watching watching(*runtime);
        REQUIRE(watching.events().front().kind == RuntimeEvent::Kind::watching);
        REQUIRE(watching.stop());
    }
}

TEST_CASE("an engine that is restarted ends the watch, and the list tells what was missed") {
    std::unique_ptr<tests::DockerEngine> engine;
    try {
        engine = std::make_unique<tests::DockerEngine>(tests::DockerEngine::Choice::private_one);
    } catch (const tests::NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    const std::string signal = GENERATE("TERM", "KILL");
    DockerBody body(*engine);
    const auto runtime = body.make_runtime();
    const std::string stays = must_launch(*runtime, body.worker("w1", "ready; wait"));
    const std::string ends = must_launch(*runtime, body.worker("w2", "ready; wait"));
    wait_for_file(body, "w1", "ready");
    wait_for_file(body, "w2", "ready");
    {
        Watching watching(*runtime);
        engine->restart(signal);
        eventually("the end of the watch", [&] { return watching.end().has_value(); });
        REQUIRE(!*watching.end());
        CHECK(watching.end()->error().kind == ErrorKind::transient);
    }
    CHECK(must_inspect(*runtime, stays).running);
    Watching again(*runtime);
    REQUIRE(runtime->stop(ends, 20s));
    eventually("the death", [&] { return again.death_of("w2").has_value(); });
    CHECK(again.death_of("w2")->exit_code == 143);
    CHECK(runtime->list()->size() == 2);
}
