// An agent tests what is live, through the real daemon; whatever it finds missing is repaired,
// deployed and tested again.
#include "tests/integration/installation.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;

namespace {

// Stops the deployed page at the end of the test, whatever its result.
struct Stops {
    Installation& house;
    std::string project;
    ~Stops() {
        try {
            (void)house.orchestrator({"deploy", "stop", "--project", project});
        } catch (const std::exception&) {
            // A process that is left over shows in the list of processes.
        }
    }
};

}  // namespace

TEST_CASE("qa: an agent that reaches the page alone finds a fault, and sees it repaired") {
    Installation house({.script = "tried",
                        .isolation = Isolation::processes,
                        .environment = {{"DEPLOY_QA", "true"}, {"DEPLOY_PORTS", "18300-18399"}}});
    house.start();
    const Json built =
        house.await_end(house.begin_project("greeter", "A page that says hello and goodbye."));
    INFO(built.dump(2));
    REQUIRE(built.at("status") == "completed");
    const Stops project{house, built.at("project_id").get<std::string>()};
    const auto started = house.orchestrator({"deploy", "start", "--project", project.project});
    INFO(started.json.dump(2));
    REQUIRE(started.exit_code == 0);
    const std::string task = started.json.at("data").at("id").get<std::string>();
    const auto waited =
        house.orchestrator({"deploy", "wait", task, "--timeout", "900"}, std::chrono::seconds{920});
    INFO(waited.json.dump(2));
    INFO(house.daemon_log());
    REQUIRE(waited.exit_code == 0);
    const Json& result = waited.json.at("data").at("result");
    CHECK(result.at("qa") == "The page says: Hello! Goodbye! Elsewhere: 403");
    CHECK(result.at("commit") != built.at("result").at("commit_sha"));
    const HttpResponse page = http(result.at("deployed_url").get<std::string>(), {.target = "/"});
    CHECK(page.body == "Hello! Goodbye!");
}
