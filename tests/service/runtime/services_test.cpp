// Services next to a worker, with a small stand-in as the service; the images of the real ones are
// tested in tests/images.
#include "observe.h"

#include "contracts/base/json.h"
#include "control/runtime/docker/services.h"
#include "tests/support/child_process.h"

#include <catch2/catch_test_macros.hpp>

using contracts::ErrorKind;
using contracts::Json;
using control::WorkerSpec;
using runtime_tests::DockerBody;
using runtime_tests::must_launch;
using runtime_tests::ProcessBody;
using runtime_tests::wait_for_file;

namespace {

// The base image with another entry point.
class StandIn {
public:
    StandIn(DockerBody& body, std::string tag, const std::string& script)
        : url_(body.engine().url()), tag_(std::move(tag)) {
        tests::run_successfully({.argv = {"docker", "-H", url_, "build", "-q", "-t", tag_, "-"},
                                 .input = "FROM " + body.engine().base_image() + "\nENTRYPOINT " +
                                          Json::array({"/bin/sh", "-c", script}).dump() + "\n"});
    }
    ~StandIn() { (void)tests::run({.argv = {"docker", "-H", url_, "rmi", "-f", tag_}}); }
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

    [[nodiscard]] const std::string& tag() const { return tag_; }

private:
    std::string url_;
    std::string tag_;
};

// Answers with its worker's name, and serves only once it listens.
constexpr const char* kServer = R"(exec python3 -c "
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getuid()).encode())
open('/data/file', 'w').close()
server = http.server.HTTPServer(('127.0.0.1', 7777), Answer)
print('service-ready', flush=True)
server.serve_forever()
")";

// The engine's containers, in any state, that are services of this worker.
Json services_of(const DockerBody& body, const std::string& worker) {
    const Json filters{{"label", {"com.codegen-orchestrator.service-of=" + worker}}};
    return Json::parse(
        body.engine()
            .ask("GET", "/containers/json?all=1&filters=" + control::encode_percent(filters.dump()))
            .body);
}

// Uses another container in the same network: the worker's image has no HTTP client.
tests::Finished fetch_in(const DockerBody& body, const std::string& container) {
    return tests::run(
        {.argv = {"docker", "-H", body.engine().url(), "run", "--rm", "--network",
                  "container:" + container, body.engine().base_image(), "python3", "-c",
                  "import urllib.request as r;"
                  "print(r.urlopen('http://127.0.0.1:7777/').read().decode())"}});
}

}  // namespace

TEST_CASE("a service answers in its worker's network, as a worker's user, and goes with it") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const StandIn image(body, "orch-service-stand-in:1", kServer);
    WorkerSpec spec = body.worker("w1", "ready; wait");
    spec.services = {{"stand-in", image.tag()}};
    const std::string id = must_launch(*runtime, spec);
    const tests::Finished answer = fetch_in(body, id);
    INFO(answer.error_output);
    CHECK(answer.output == std::to_string(spec.uid) + "\n");
    // It is unreachable for another worker, and is not counted as a worker.
    const std::string other = must_launch(*runtime, body.worker("w2", "ready; wait"));
    CHECK_FALSE(fetch_in(body, other).end.success());
    const auto listed = runtime->list();
    REQUIRE(listed);
    CHECK(listed->size() == 2);
    REQUIRE(services_of(body, "w1").size() == 1);

    const Json service = Json::parse(
        body.engine()
            .ask("GET",
                 "/containers/" + services_of(body, "w1")[0]["Id"].get<std::string>() + "/json")
            .body);
    const Json& host = service["HostConfig"];
    CHECK(host["NetworkMode"] == "container:" + id);
    CHECK(host["Privileged"] == false);
    CHECK(host["ReadonlyRootfs"] == true);
    CHECK(host["CapDrop"] == Json::array({"ALL"}));
    CHECK(host["CapAdd"].empty());
    CHECK(host["Memory"] == 512 << 20);
    CHECK(service["Mounts"].empty());

    CHECK(runtime->kill(id));
    CHECK(runtime->remove(id));
    CHECK(services_of(body, "w1").empty());
    CHECK(runtime->kill(other));
    CHECK(runtime->remove(other));
}

TEST_CASE("a service that does not serve fails the launch with its last words") {
    DockerBody body;
    const auto runtime = body.make_runtime();
    const StandIn image(body, "orch-service-broken:1", "echo no space left; exit 3");
    WorkerSpec spec = body.worker("w1", "ready; wait");
    spec.services = {{"broken", image.tag()}};
    const auto launched = runtime->launch(spec);
    REQUIRE_FALSE(launched);
    CHECK(launched.error().message.find("no space left") != std::string::npos);
    CHECK(runtime->list()->empty());
    CHECK(services_of(body, "w1").empty());
}

TEST_CASE("without an engine a worker with services is refused, and says what would have them") {
    ProcessBody body;
    const auto runtime = body.make_runtime();
    WorkerSpec spec = body.worker("w1", "exit 0");
    spec.services = {{"redis", "any"}};
    const auto launched = runtime->launch(spec);
    REQUIRE_FALSE(launched);
    CHECK(launched.error().kind == ErrorKind::invalid);
    CHECK(launched.error().field == "services");
    CHECK(launched.error().next_step == "set RUNTIME=docker");
}
