// The Agent Client Protocol: with a small agent that follows instructions in its prompt, and with a
// real one.
#include "tests/service/wrapper/agent_house.h"
#include "tests/service/wrapper/agent_scripts.h"
#include "tests/support/within_reach.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>

using contracts::Json;
using namespace tests;
using std::chrono::seconds;

namespace {

// The small agent, with its own options.
class AcpHouse : public AgentHouse {
public:
    explicit AcpHouse(const std::string& worker_type, const std::string& options = {})
        : AgentHouse(worker_type, "acp") {
        const std::string program =
            within_reach(ORCH_SOURCE_DIR "/tests/fakes", directory() / "fakes") + "/acp_agent.py";
        agent("exec /usr/bin/python3 -B " + program + " " + options);
    }
};

// A real agent that speaks the protocol.
const std::string kDroid =
    R"(printf '{"cloudSessionSync":false,"customModels":[{"model":"m","displayName":"M",)"
    R"("baseUrl":"%s","apiKey":"k","provider":"anthropic"}]}' "$ANTHROPIC_BASE_URL" >"$HOME/s";)"
    R"( FACTORY_AIRGAP_ENABLED=1 exec droid exec --settings "$HOME/s" -o acp -m custom:m)";

std::string error_of(const Json& output) {
    return output.value("status", "") == "error" ? output.value("error", "") : output.dump();
}

}  // namespace

TEST_CASE("an acp agent is asked once, answered what it asks, and its last words count") {
    AcpHouse house("developer", "--loud");
    const Json output =
        house.answer("ask-permission ask-file say:before tool say:after_the_tool: result");
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    CHECK(output["summary"] == "by acp");
    CHECK(output["usage"] == Json{{"input_tokens", 5}, {"output_tokens", 7}});
    CHECK(house.lifecycle().back()["result"]["ending"] == "exited");
    CHECK(house.agents_alive() == 0);
}

TEST_CASE("a po worker's acp sessions are loaded, replaced when lost, and absent where not kept") {
    AcpHouse house("po");
    ChildProcess worker = house.start();
    const auto tell = [&](const std::string& request_id, const std::string& prompt) {
        const std::size_t before = house.outputs().size();
        house.give(request_id, prompt, 60);
        eventually("an answer", [&] { return house.outputs().size() == before + 1; }, seconds{30});
        return house.outputs().back()["text"].get<std::string>();
    };
    CHECK(tell("r-1", "ask-permission ask-file recall") == "yes -32601 1 prompts");
    const std::string first = house.session();
    CHECK(tell("r-2", "recall") == "2 prompts");
    CHECK(house.session() == first);
    house.set_session("gone");
    CHECK(tell("r-3", "recall") == "1 prompts");
    CHECK(house.session() != "gone");
    CHECK(house.lifecycle().back()["result"].contains("session"));

    AcpHouse forgetful("po", "--no-load");
    ChildProcess other = forgetful.start();
    forgetful.give("r-1", "recall");
    eventually("an answer", [&] { return forgetful.outputs().size() == 1; }, seconds{30});
    CHECK(forgetful.get("worker:session:w-1").empty());
}

TEST_CASE("an acp agent is reminded of its result block in its loaded session") {
    AcpHouse house("developer");
    house.set("RESULT_REMINDER", "1");
    // The small agent reacts to the word "result" in the reminder.
    const Json output = house.answer("say:no_block");
    CHECK(output["summary"] == "by acp");
    std::size_t prompts = 0;
    for (const auto& entry : std::filesystem::directory_iterator(house.directory() / "home/.acp")) {
        std::ifstream file(entry.path());
        prompts += Json::parse(file).size();
    }
    CHECK(prompts == 2);
}

TEST_CASE("every way in which an acp agent fails has its own words") {
    const struct {
        const char* options;
        const char* prompt;
        const char* said;
    } failures[] = {
        {"", "stop:max_tokens", "max_tokens"},
        {"", "stop:refusal", "refusal"},
        {"", "stop:cancelled", "cancelled"},
        {"", "fail", "Internal error (code -32603)"},
        {"", "fail:429_rate_limit_error", "429 rate limit error (code -32603)"},
        {"", "fail:529_Overloaded", "529 Overloaded (code -32603)"},
        {"", "fail:connect_ECONNREFUSED", "connect ECONNREFUSED (code -32603)"},
        {"", "say:half die", "the agent exited with code 3: it broke"},
        {"", "say:half term", "the agent was killed by signal 15"},
        {"--version 2", "result", "speaks version 2 of the protocol"},
        {"--needs-login", "result", "Authentication required (code -32000)"},
    };
    for (const auto& [options, prompt, said] : failures) {
        AcpHouse house("developer", options);
        const std::string error = error_of(house.answer(prompt));
        CAPTURE(options, prompt, error);
        CHECK(error.find(said) != std::string::npos);
    }
}

TEST_CASE("an acp agent that has answered and does not go is ended, and has answered") {
    AcpHouse stays("developer", "--stay");
    AcpHouse fails("developer", "--exit 7");
    CHECK(stays.answer("result")["status"] == "success");
    CHECK(stays.lifecycle().back()["result"]["ending"] == "dismissed");
    CHECK(stays.agents_alive() == 0);
    CHECK(fails.answer("result")["status"] == "success");
    CHECK(fails.lifecycle().back()["result"]["exit_code"] == 7);
}

TEST_CASE("an acp agent that never answers is ended by the deadline, or with its worker") {
    AcpHouse late("developer");
    CHECK(late.answer("wait", 2)["status"] == "timeout");
    CHECK(late.agents_alive() == 0);
    AcpHouse stopped("developer");
    stopped.set("SHUTDOWN_GRACE", "0");
    stopped.give("r-1", "tool wait");
    ChildProcess worker = stopped.start();
    eventually(
        "it is at work", [&] { return !stopped.read("task_progress:t-1").empty(); }, seconds{30});
    worker.send(SIGTERM);
    CHECK(worker.must_end(seconds{30}).exit_code == 143);
    CHECK(stopped.outputs()[0]["status"] == "failed");
}

TEST_CASE("a real agent works through the protocol") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    TemporaryDirectory scripts;
    const ModelServer model(ModelServerOptions{
        .script = scripts.write("script.json", agent_script("Execute", "command")),
        .unix_socket = true});
    AgentHouse house("developer", "acp", model);
    house.with_program_of("factory").with_repository().set("RESULT_REMINDER", "1").agent(kDroid);
    const Json output = house.answer("do the work", 120);
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    REQUIRE(output.contains("commit_sha"));
    CHECK(output["commit_sha"] == house.pushed());
    CHECK(!house.read("task_progress:t-1").empty());
    const std::int64_t ends_in =
        must(house.connect().command({"TTL", "task_progress:t-1"})).view().integer();
    CHECK(ends_in > 6 * 24 * 3600);
    CHECK(ends_in <= 7 * 24 * 3600);
}

TEST_CASE("a real agent's errors come through the protocol, and its tries end with the deadline") {
    if (lacks_agent("factory")) SKIP("needs root and ci/agent-binary factory");
    TemporaryDirectory scripts;
    const ModelServer model(ModelServerOptions{
        .script = scripts.write("script.json", agent_script("Execute", "command")),
        .unix_socket = true});
    std::deque<ModelFault> faults;
    faults.push_back({AgentHouse("developer", "acp", model), "fault 401", "error", "401"});
    for (const char* const prompt : {"fault 429", "fault 500", "fault 529"})
        faults.push_back({AgentHouse("developer", "acp", model), prompt, "timeout",
                          "the agent did not finish in 15 seconds", 15});
    faults.push_back({AgentHouse("developer", "acp"), "hello", "error", "Connection error"});
    faults.back().house.with_nobody_at_the_model();
    for (ModelFault& fault : faults)
        fault.house.with_program_of("factory").agent(kDroid);
    check_faults_are_told(faults);
    CHECK(model.requests().size() >= faults.size());
}
