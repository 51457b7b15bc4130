// A conversation on the terminal: `orchestratord chat` in a pipe, a daemon, and a real Claude Code
// as the Product Owner in its own worker, with the scripted model.
#include "contracts/streams/publisher.h"
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;

namespace {

// The terminal's output once every line has got its answer.
std::string chat(const Installation& house, const std::string& lines,
                 std::vector<std::string> options = {}) {
    std::vector<std::string> argv{std::string(ORCH_BIN_DIR) + "/orchestratord", "chat"};
    argv.insert(argv.end(), options.begin(), options.end());
    ChildProcess terminal(
        ChildOptions{.argv = argv, .environment = house.access(), .input = lines});
    const ChildEnd end = terminal.must_end(std::chrono::minutes{3});
    INFO(terminal.error_output());
    CHECK(end.success());
    return terminal.output();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "chat: a sentence starts work, a notice lets the Product Owner go on, all in one worker") {
    Installation house({.script = "product_owner",
                        .isolation = Isolation::processes,
                        .environment = {{"ROLES", "api,workers,chat"}}});
    house.start();
    const std::string first = chat(house, "a page that greets my visitors\n");
    INFO(first << house.daemon_log());
    CHECK(contains(first, "I have started the greeter."));
    const Json projects = house.orchestrator({"project", "list"}).json.at("data");
    REQUIRE(projects.size() == 1);
    CHECK(projects[0].at("name") == "greeter");
    const std::string user = projects[0].at("owner_id");
    const std::vector<Json> started = house.messages("engineering:queue");
    REQUIRE(started.size() == 1);
    CHECK(started[0].at("user_id") == user);
    CHECK(started[0].at("project_id") == projects[0].at("id"));

    contracts::Connection redis = house.redis();
    REQUIRE(contracts::publish_data(redis, "chat:notices",
                                    contracts::dump_json({{"request_id", "n-1"},
                                                          {"user_id", user},
                                                          {"kind", "task_completed"},
                                                          {"task_id", started[0].at("task_id")},
                                                          {"project_id", projects[0].at("id")},
                                                          {"text", "greeter is built."}})));
    eventually(
        "the deployment is asked for", [&] { return !house.messages("deploy:queue").empty(); },
        std::chrono::minutes{1});
    CHECK(house.messages("deploy:queue").at(0).at("project_id") == projects[0].at("id"));
    const std::string second = chat(house, "/projects\nwhat did I ask for?\n");
    INFO(second);
    CHECK(contains(second, "* greeter is built."));
    CHECK(contains(second, "It is built, and I am putting it online."));
    CHECK(contains(second, "greeter: draft"));
    CHECK(contains(second, "A page that greets your visitors."));
    CHECK(house.messages("worker:commands").size() == 1);
    CHECK(house.stop().success());
}
