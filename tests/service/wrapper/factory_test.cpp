// A real droid with a scripted model, behind the wall and through the relay.
#include "tests/service/wrapper/agent_house.h"
#include "tests/service/wrapper/agent_scripts.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

struct Droid : ScriptedModel {
    Droid() : ScriptedModel("Execute", "command") {}
};

}  // namespace

TEST_CASE("droid commits, is reminded of its result block in a fork, and its work is pushed") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    const Droid droid;
    AgentHouse house("developer", "factory", droid.model);
    check_reminded_and_pushed(house);
}

TEST_CASE("a po worker's conversation goes on in droid's forks, and begins anew where it is lost") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    const Droid droid;
    AgentHouse house("po", "factory", droid.model);
    ChildProcess worker = house.start();
    house.give("r-1", "Hello", 60);
    eventually("an answer", [&] { return house.outputs().size() == 1; }, seconds{60});
    CHECK(house.outputs()[0]["text"] == "Hello there.");
    const std::string first = house.session();
    house.give("r-2", "And again", 60);
    eventually("another", [&] { return house.outputs().size() == 2; }, seconds{60});
    CHECK(house.outputs()[1]["text"] == "Hello there.");
    CHECK(house.session() != first);
    CHECK(house.lifecycle().back()["result"]["usage"]["output_tokens"] == 10);
    // The forked session remembers: its only request contains the earlier messages.
    CHECK(droid.model.requests().back()["body_bytes"] >
          droid.model.requests().front()["body_bytes"]);
    house.set_session("00000000-0000-4000-8000-000000000000");
    house.give("r-3", "Still there?", 60);
    eventually("a third", [&] { return house.outputs().size() == 3; }, seconds{60});
    CAPTURE(worker.error_output());
    CHECK(house.outputs()[2]["status"] == "success");
    CHECK(house.lifecycle().back()["result"].contains("session"));
}

TEST_CASE("a refused key fails at once, and a droid that a signal ended has not answered") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    const Droid droid;
    AgentHouse refused("developer", "factory", droid.model);
    AgentHouse ended("developer", "factory", droid.model);
    refused.give("r-1", "fault 401", 60);
    ended.give("r-1", "end yourself", 60);
    ChildProcess first = refused.start();
    ChildProcess second = ended.start();
    eventually(
        "both ends", [&] { return refused.outputs().size() + ended.outputs().size() == 2; },
        seconds{60});
    CHECK(refused.outputs()[0]["status"] == "error");
    CHECK(refused.outputs()[0]["error"].get<std::string>().starts_with("401 "));
    CAPTURE(ended.outputs()[0].dump());
    CHECK(ended.outputs()[0]["status"] == "error");
    CHECK(ended.outputs()[0]["error"].get<std::string>().starts_with(
        "the agent ended without a final result line"));
}

TEST_CASE("what droid tries again for minutes, without a word, is bounded by the deadline") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    const Droid droid;
    std::deque<ModelFault> faults;
    for (const char* const status : {"429", "500", "529"})
        faults.push_back({AgentHouse("developer", "factory", droid.model),
                          std::string("fault ") + status, "timeout",
                          "the agent did not finish in 15 seconds", 15});
    check_faults_are_told(faults);
    CHECK(droid.model.requests().size() > faults.size());
}

TEST_CASE("a model that nobody listens for is given up by droid itself") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    std::deque<ModelFault> faults;
    faults.push_back({AgentHouse("developer", "factory"), "hello", "error", "Connection error"});
    faults.back().house.with_nobody_at_the_model();
    check_faults_are_told(faults);
}

TEST_CASE("a worker that is told to stop ends its droid") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    const Droid droid;
    AgentHouse house("developer", "factory", droid.model);
    house.set("SHUTDOWN_GRACE", "0");
    house.give("r-1", "wait", 60);
    ChildProcess worker = house.start();
    eventually("the model is asked", [&] { return !droid.model.requests().empty(); }, seconds{60});
    worker.send(SIGTERM);
    CHECK(worker.must_end(seconds{30}).exit_code == 143);
    CHECK(house.outputs()[0]["status"] == "failed");
    CHECK(house.agents_alive() == 0);
}
