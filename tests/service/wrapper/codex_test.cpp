// A real codex with a scripted model, behind the wall and through the relay.
#include "tests/service/wrapper/agent_house.h"
#include "tests/service/wrapper/agent_scripts.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

struct Codex : ScriptedModel {
    Codex() : ScriptedModel("exec_command", "cmd") {}
};

}  // namespace

TEST_CASE("codex commits, is reminded of its result block in its thread, and its work is pushed") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    const Codex codex;
    AgentHouse house("developer", "codex", codex.model);
    check_reminded_and_pushed(house);
}

TEST_CASE("a po worker's conversation goes on in codex's thread, each turn with its own usage") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    const Codex codex;
    AgentHouse house("po", "codex", codex.model);
    ChildProcess worker = house.start();
    const auto tell = [&](const std::string& request_id, const std::string& prompt) {
        const std::size_t before = house.outputs().size();
        house.give(request_id, prompt, 60);
        eventually("an answer", [&] { return house.outputs().size() == before + 1; }, seconds{60});
        CAPTURE(worker.error_output());
        CHECK(house.outputs().back()["text"] == "Hello there.");
        CHECK(house.lifecycle().back()["result"]["usage"]["output_tokens"] == 10);
    };
    tell("r-1", "Hello");
    const std::string first = house.session();
    tell("r-2", "And again");
    CHECK(house.session() == first);
    CHECK(!house.lifecycle().back()["result"].contains("session"));
    // The id of a thread that codex does not know, and one that is not a thread id at all.
    for (const char* const id : {"00000000-0000-4000-8000-000000000000", "--last"}) {
        house.set_session(id);
        tell(std::string("r-") + id, "Still there?");
        CHECK(house.session() != id);
        CHECK(house.lifecycle().back()["result"].contains("session"));
    }
}

TEST_CASE("what the model's side refuses is told, and codex's own tries are few") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    const Codex codex;
    std::deque<ModelFault> faults;
    for (const auto& [prompt, said] : std::initializer_list<std::pair<const char*, const char*>>{
             {"fault 401", "401 Unauthorized"},
             {"fault 429", "429 Too Many Requests"},
             {"fault 500", "high demand"},
             {"fault 529", "529"}})
        faults.push_back({AgentHouse("developer", "codex", codex.model), prompt, "error", said});
    check_faults_are_told(faults);
    CHECK(codex.model.requests().size() < 40);
}

TEST_CASE("a model that is away is waited for until the deadline, and the cause is told") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    AgentHouse house("developer", "codex");
    house.with_nobody_at_the_model();
    const Json output = house.answer("hello", 4);
    CAPTURE(output.dump());
    CHECK(output["status"] == "timeout");
    CHECK(output["error"].get<std::string>().find("Reconnecting") != std::string::npos);
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("a codex that a signal ended has not answered; a stopped worker ends its codex") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    const Codex codex;
    AgentHouse ended("developer", "codex", codex.model);
    const Json output = ended.answer("end yourself");
    CHECK(output["status"] == "error");
    CHECK(output["error"].get<std::string>().starts_with("the agent was killed by signal 15"));
    CHECK(ended.agents_alive() == 0);
    AgentHouse stopped("developer", "codex", codex.model);
    stopped.set("SHUTDOWN_GRACE", "0");
    stopped.give("r-1", "wait", 60);
    const std::size_t before = codex.model.requests().size();
    ChildProcess worker = stopped.start();
    eventually(
        "the model is asked", [&] { return codex.model.requests().size() > before; }, seconds{60});
    worker.send(SIGTERM);
    CHECK(worker.must_end(seconds{30}).exit_code == 143);
    CHECK(stopped.outputs()[0]["status"] == "failed");
    CHECK(stopped.agents_alive() == 0);
}

TEST_CASE("a prompt that codex does not take is refused without running it") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    AgentHouse house("developer", "codex");
    house.with_nobody_at_the_model();
    const Json output = house.answer(std::string((1 << 20) + 1, 'x'), 30);
    CHECK(output["status"] == "error");
    CHECK(output["error"].get<std::string>().find("codex takes at most 1048576") !=
          std::string::npos);
}

TEST_CASE("codex uses our commands as tools") {
    if (lacks_agent("codex")) SKIP("needs root and ci/agent-binary codex");
    check_tools("codex", "mcp__orchestrator__respond");
}
