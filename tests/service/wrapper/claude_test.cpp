// A whole task with a real Claude Code and a scripted model: through the relay, behind the wall, to
// a pushed branch.
#include "tests/service/wrapper/agent_house.h"
#include "tests/service/wrapper/agent_scripts.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

TEST_CASE("claude writes, commits and answers, and the wrapper pushes its work") {
    if (lacks_agent("claude")) SKIP("needs root and ci/agent-binary claude");
    const ModelServer model(ModelServerOptions{.script = "greeter", .unix_socket = true});
    AgentHouse house("developer", "claude", model);
    house.with_repository();
    house.give("r-1", "Task: a greeter\nRound: 1\n", 120);
    const Finished worker = house.run_to_end(seconds{120});
    CAPTURE(worker.error_output);
    CHECK(worker.end.exit_code == 0);
    const Json output = house.outputs().at(0);
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    REQUIRE(output.contains("commit_sha"));
    CHECK(output["commit_sha"] == house.pushed());
    CHECK(output["usage"]["output_tokens"] > 0);
    CHECK(output["usage"].contains("cost_usd"));
    CHECK(!house.read("task_progress:t-1").empty());
    CHECK(house.agents_alive() == 0);
}

TEST_CASE(
    "a po worker's conversation goes on in its session, and begins anew where claude lost it") {
    if (lacks_agent("claude")) SKIP("needs root and ci/agent-binary claude");
    TemporaryDirectory scripts;
    const std::string script =
        scripts.write("po.json", R"({"rules":[{"name":"any","turns":[{"text":"Hello there."}]}]})");
    const ModelServer model(ModelServerOptions{.script = script, .unix_socket = true});
    AgentHouse house("po", "claude", model);
    ChildProcess worker = house.start();
    const auto session = [&] {
        return Json::parse(house.get("worker:session:w-1"))["session_id"].get<std::string>();
    };
    house.give("r-1", "Hello", 60);
    eventually("an answer", [&] { return house.outputs().size() == 1; }, seconds{60});
    CHECK(house.outputs()[0]["text"] == "Hello there.");
    const std::string first = session();
    house.give("r-2", "And again", 60);
    eventually("another", [&] { return house.outputs().size() == 2; }, seconds{60});
    CHECK(session() == first);
    {
        contracts::Connection connection = house.connect();
        must(connection.command({"SET", "worker:session:w-1",
                                 R"({"session_id":"00000000-0000-4000-8000-000000000000"})"}));
    }
    house.give("r-3", "Still there?", 60);
    eventually("a third", [&] { return house.outputs().size() == 3; }, seconds{60});
    CAPTURE(worker.error_output());
    CHECK(house.outputs()[2]["status"] == "success");
    CHECK(session() != "00000000-0000-4000-8000-000000000000");
    CHECK(house.lifecycle().back()["result"].contains("session"));
}

namespace {

struct Claude : ScriptedModel {
    Claude() : ScriptedModel("Bash", "command") {}
};

}  // namespace

TEST_CASE("what claude's model refuses is told with its status") {
    if (lacks_agent("claude")) SKIP("needs root and ci/agent-binary claude");
    const Claude claude;
    std::deque<ModelFault> faults;
    for (const char* const status : {"401", "429", "500", "529"})
        faults.push_back({AgentHouse("developer", "claude", claude.model),
                          std::string("fault ") + status, "error",
                          std::string("(status ") + status + ")"});
    faults.push_back({AgentHouse("developer", "claude"), "hello", "error", "ECONNREFUSED"});
    faults.back().house.with_nobody_at_the_model();
    // Claude Code gives up a 529 after two retries; other errors it would retry for minutes.
    for (ModelFault& fault : faults)
        if (fault.prompt != "fault 529") fault.house.set("AGENT_ENV_CLAUDE_CODE_MAX_RETRIES", "0");
    check_faults_are_told(faults);
    CHECK(claude.model.requests().size() == 3 + 3);
}

TEST_CASE("claude's own tries end with the deadline, and what it tried in vain is told") {
    if (lacks_agent("claude")) SKIP("needs root and ci/agent-binary claude");
    const Claude claude;
    std::deque<ModelFault> faults;
    for (const char* const status : {"401", "429", "500"})
        faults.push_back({AgentHouse("developer", "claude", claude.model),
                          std::string("fault ") + status, "timeout",
                          std::string("answers with status ") + status, 12});
    faults.push_back({AgentHouse("developer", "claude"), "hello", "timeout",
                      "the model's side cannot be reached", 12});
    faults.back().house.with_nobody_at_the_model();
    check_faults_are_told(faults);
}

TEST_CASE("claude uses our commands as tools") {
    if (lacks_agent("claude")) SKIP("needs root and ci/agent-binary claude");
    check_tools("claude", "mcp__orchestrator__respond");
}
