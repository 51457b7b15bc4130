// One static worker-wrapper in images that have nothing in common, since it needs nothing from any.
// It is baked in by COPY or bind-mounted, and started as a plain `docker run` would by a foreign
// manager.
#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "contracts/streams/publisher.h"
#include "tests/support/child_process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>

using contracts::Connection;
using contracts::Json;
namespace fs = std::filesystem;

namespace {

constexpr int kAgent = 1000;

// The contents of an image besides the wrapper, and the agent that runs in it.
struct Root {
    std::string name;
    std::string from;  // a base image; empty: scratch
    std::string command;
    std::vector<std::pair<std::string, std::string>> files;  // from the host, into the image
    std::vector<std::string> links;                          // to /bin/busybox
};

template <class T>
T must(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}

std::string wrapper_program() {
    const char* named = std::getenv("ORCH_TEST_WORKER_BIN");
    return (named ? std::string(named) : std::string(ORCH_SOURCE_DIR) + "/build/release/bin") +
           "/worker-wrapper";
}

// The first path that exists on this machine; the test is skipped if none does.
std::string found(const std::vector<std::string>& paths, const std::string& what) {
    for (const std::string& path : paths)
        if (fs::exists(path)) return path;
    SKIP("no " + what + " on this machine; `ci/install engine` installs it");
    return {};
}

// An agent linked against musl, which an image with another libc could not even start.
std::string musl_agent(const tests::TemporaryDirectory& directory) {
    const std::string program = directory / "musl-agent";
    tests::run_successfully(
        {.argv = {found({"/usr/bin/musl-gcc"}, "musl-gcc"), "-O1", "-o", program,
                  std::string(ORCH_SOURCE_DIR) + "/tests/service/anywhere/agent.c"}});
    return program;
}

Root root_of(const std::string& name, const tests::DockerEngine& engine,
             const tests::TemporaryDirectory& directory) {
    const std::string in_shell =
        R"sh(cat; echo '<result>{"status":"success","summary":"by user '$(id -u)'"}</result>')sh";
    const std::string alone = R"(["/agent"])";
    if (name == "debian") return {name, engine.base_image(), in_shell, {}, {}};
    if (name == "busybox")
        return {name,
                "",
                in_shell,
                {{found({"/bin/busybox", "/usr/bin/busybox"}, "busybox"), "bin/busybox"}},
                {"bin/sh", "bin/id", "bin/cat"}};
    if (name == "musl") {
        const std::string loader = "ld-musl-" MACHINE ".so.1";
        return {name,
                "",
                alone,
                {{musl_agent(directory), "agent"},
                 {found({"/lib/" + loader}, "musl"), "lib/" + loader}},
                {}};
    }
    // Distroless has certificates and time zones but no shell or /etc/passwd; scratch has nothing.
    Root root{name, "", alone, {{ANYWHERE_AGENT, "agent"}}, {}};
    if (name == "distroless")
        root.files.emplace_back("/etc/ssl/certs/ca-certificates.crt",
                                "etc/ssl/certs/ca-certificates.crt");
    return root;
}

class Place {
public:
    explicit Place(const std::string& name)
        : root_(root_of(name, engine_, directory_)),
          image_("orch-anywhere-" + name + ":" + contracts::random_hex(4)) {
        fs::create_directories(directory_ / "bin");
        fs::copy_file(wrapper_program(), directory_ / "bin/worker-wrapper");
        fs::permissions(directory_ / "bin/worker-wrapper", fs::perms(0755));
    }
    ~Place() {
        for (const std::string& container : containers_)
            (void)engine_.ask("DELETE", "/containers/" + container + "?force=1");
        (void)engine_.ask("DELETE", "/images/" + image_ + "?force=1");
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Builds the image, with the wrapper baked in or without it.
    void build(bool baked) {
        const std::string context = directory_ / "context";
        fs::create_directories(context + "/root/workspace");
        for (const auto& [from, to] : root_.files) {
            fs::create_directories(fs::path(context + "/root/" + to).parent_path());
            fs::copy_file(from, context + "/root/" + to);
        }
        for (const std::string& link : root_.links)
            fs::create_symlink("/bin/busybox", context + "/root/" + link);
        if (baked) fs::copy_file(directory_ / "bin/worker-wrapper", context + "/worker-wrapper");
        directory_.write("context/Dockerfile",
                         "FROM " + (root_.from.empty() ? "scratch" : root_.from) +
                             "\nCOPY root/ /\n" + (baked ? "COPY worker-wrapper /init\n" : "") +
                             "WORKDIR /workspace\n");
        const std::string tar =
            tests::run_successfully({.argv = {"tar", "-C", context, "-cf", "-", "."}});
        const auto answer = engine_.ask("POST", "/build?rm=1&forcerm=1&t=" + image_, tar);
        if (answer.status != 200 || answer.body.find("errorDetail") != std::string::npos)
            throw std::runtime_error("build: " + answer.body);
        baked_ = baked;
    }

    // Starts a container and returns its id.
    std::string start(const std::vector<std::string>& arguments = {}) {
        Json mounts = Json::array({{{"Type", "bind"},
                                    {"Source", fs::path(redis_.socket()).parent_path().string()},
                                    {"Target", "/bus"}}});
        if (!baked_)
            mounts.push_back({{"Type", "bind"},
                              {"Source", directory_ / "bin"},
                              {"Target", "/.worker/bin"},
                              {"ReadOnly", true}});
        const Json wanted{
            {"Image", image_},
            {"Entrypoint", Json::array({baked_ ? "/init" : "/.worker/bin/worker-wrapper"})},
            {"Cmd", arguments},
            {"Env", Json::array(
                        {"WORKER_ID=w-1", "WORKER_TYPE=developer", "AGENT_TYPE=custom",
                         "REDIS_URL=unix:///bus/" + fs::path(redis_.socket()).filename().string(),
                         "API_TOKEN=canary", "TASK_ID=t-1", "AGENT_HOME=/workspace",
                         "AGENT_UID=" + std::to_string(kAgent), "AGENT_COMMAND=" + root_.command})},
            {"HostConfig", {{"NetworkMode", "none"}, {"Mounts", mounts}}}};
        const auto made = engine_.ask("POST", "/containers/create", wanted.dump());
        if (made.status != 201) throw std::runtime_error("create: " + made.body);
        containers_.push_back(Json::parse(made.body).at("Id"));
        const auto begun = engine_.ask("POST", "/containers/" + containers_.back() + "/start");
        if (begun.status != 204) throw std::runtime_error("start: " + begun.body);
        return containers_.back();
    }

    int exit_code(const std::string& container) {
        Json state;
        tests::eventually("the container's end", [&] {
            state = Json::parse(engine_.ask("GET", "/containers/" + container + "/json").body)
                        .at("State");
            return state.at("Running") == false;
        });
        return state.at("ExitCode").get<int>();
    }

    std::string log(const std::string& container) {
        return engine_.ask("GET", "/containers/" + container + "/logs?stdout=1&stderr=1").body;
    }

    void give(const std::string& prompt) {
        must(contracts::publish_data(connection_, "worker:developer:w-1:input",
                                     Json{{"request_id", "r-1"},
                                          {"task_id", "t-1"},
                                          {"project_id", "p-1"},
                                          {"prompt", prompt},
                                          {"timeout", 60},
                                          {"timestamp", "2026-01-10T12:00:00Z"}}
                                         .dump()));
    }

    std::vector<Json> outputs() {
        const contracts::Reply reply =
            must(connection_.command({"XRANGE", "worker:developer:output", "-", "+"}));
        std::vector<Json> found;
        for (std::size_t i = 0; i < reply.view().size(); ++i)
            found.push_back(Json::parse(reply.view()[i][1][1].text()));
        return found;
    }

private:
    tests::DockerEngine engine_;
    tests::TemporaryDirectory directory_;
    tests::RedisServer redis_;
    Connection connection_ =
        must(Connection::dial(must(contracts::RedisAddress::parse(redis_.url()))));
    Root root_;
    std::string image_;
    bool baked_ = false;
    std::vector<std::string> containers_;
};

std::unique_ptr<Place> make_place(const std::string& name) {
    std::unique_ptr<Place> place;
    try {
        place = std::make_unique<Place>(name);
    } catch (const tests::NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return place;
}

// Does one task, from its message to its output.
void works_in(const std::string& image, bool baked) {
    const std::unique_ptr<Place> place = make_place(image);
    place->build(baked);
    place->give("hello");
    const std::string container = place->start();
    const int code = place->exit_code(container);
    CAPTURE(place->log(container));
    CHECK(code == 0);
    const std::vector<Json> outputs = place->outputs();
    REQUIRE(outputs.size() == 1);
    CAPTURE(outputs[0].dump());
    CHECK(outputs[0].at("status") == "success");
    const std::string summary = outputs[0].at("summary");
    CHECK(summary.ends_with("by user " + std::to_string(kAgent)));
}

}  // namespace

TEST_CASE("the wrapper works baked into a debian image") {
    works_in("debian", true);
}
TEST_CASE("the wrapper works mounted into a debian image") {
    works_in("debian", false);
}
TEST_CASE("the wrapper works baked into an image of musl") {
    works_in("musl", true);
}
TEST_CASE("the wrapper works mounted into an image of musl") {
    works_in("musl", false);
}
TEST_CASE("the wrapper works baked into a busybox image") {
    works_in("busybox", true);
}
TEST_CASE("the wrapper works mounted into a busybox image") {
    works_in("busybox", false);
}
TEST_CASE("the wrapper works baked into an image without a shell and without users") {
    works_in("distroless", true);
}
TEST_CASE("the wrapper works mounted into an image without a shell and without users") {
    works_in("distroless", false);
}
TEST_CASE("the wrapper works baked into an image with nothing but it and the agent") {
    works_in("scratch", true);
}
TEST_CASE("the wrapper works mounted into an image with nothing but the agent") {
    works_in("scratch", false);
}

TEST_CASE("the wrapper explains its configuration where there is nothing else") {
    const std::unique_ptr<Place> place = make_place("scratch");
    place->build(true);
    const std::string container = place->start({"--explain-config"});
    CHECK(place->exit_code(container) == 0);
    const std::string told = place->log(container);
    CAPTURE(told);
    CHECK(told.find("WORKER_ID=w-1  # environment; ") != std::string::npos);
    CHECK(told.find("STATE_DIR=/.worker/state  # default; ") != std::string::npos);
    CHECK(told.find("API_TOKEN=***") != std::string::npos);
    CHECK(told.find("canary") == std::string::npos);
}
