// The scripted model's conversation, the same for each agent except for the agent's tool that runs
// a command.
#pragma once

#include "tests/service/wrapper/agent_house.h"

#include <catch2/catch_test_macros.hpp>

#include <deque>
#include <string>
#include <vector>

namespace tests {

// `tool` gets the command as `argument`. The prompts and their effects:
//   "do the work"     a commit, our CLI's path in `found`, no result block until asked for it
//   "end yourself"    the agent's own program gets SIGTERM
//   "fault <status>"  the model always answers with that HTTP status
//   "wait"            the model never answers
//   anything else     "Hello there.", with 100 tokens in and 10 out
inline std::string agent_script(const std::string& tool, const std::string& argument) {
    using contracts::Json;
    const auto command = [&](const std::string& line) {
        return Json{{"name", tool},
                    {"input",
                     {{argument, line},
                      {"summary", "Run the command"},
                      {"description", "Run the command"},
                      {"riskLevel", "low"},
                      {"riskLevelReason", "none"}}}};
    };
    const auto rule = [](const std::string& prompt, Json turns) {
        return Json{{"name", prompt}, {"match", {{"prompt", prompt}}}, {"turns", std::move(turns)}};
    };
    Json rules = Json::array();
    Json work = Json::array();
    work.push_back(
        {{"text", "I will."},
         {"tools", Json::array({command("echo hi > a.txt && git add a.txt && git commit -qm a && "
                                        "command -v orchestrator >found")})}});
    work.push_back({{"text", "It is committed: {{output}}"}});
    rules.push_back(rule("^do the work", std::move(work)));
    rules.push_back(rule(
        "no result block",
        Json::array({{{"text", R"(<result>{"status":"success","summary":"done"}</result>)"}}})));
    const Json late = {{"stall", "headers"}, {"text", "late"}};
    const Json end = command("pkill -TERM -u $(id -u) -x 'droid|codex'; exec cat");
    Json ended = Json::array();
    ended.push_back({{"tools", Json::array({end})}});
    ended.push_back(late);
    rules.push_back(rule("^end yourself", std::move(ended)));
    rules.push_back(rule("^wait", Json::array({late})));
    for (const int status : {401, 429, 500, 529})
        rules.push_back(rule("^fault " + std::to_string(status),
                             Json::array({{{"fail", {{"status", status}}}}})));
    rules.push_back(
        {{"name", "any"},
         {"turns", Json::array({{{"text", "Hello there."},
                                 {"usage", {{"input_tokens", 100}, {"output_tokens", 10}}}}})}});
    return Json{{"rules", std::move(rules)}}.dump();
}

// A model that follows the script.
struct ScriptedModel {
    ScriptedModel(const std::string& tool, const std::string& argument)
        : model(ModelServerOptions{
              .script = scripts.write("script.json", agent_script(tool, argument)),
              .unix_socket = true}) {}

    TemporaryDirectory scripts;
    ModelServer model;
};

// An agent whose model fails, and the expected result of its turn.
struct ModelFault {
    AgentHouse house;
    std::string prompt;
    std::string status;  // expected in the output
    std::string said;    // expected part of the error
    int timeout_seconds = 60;
};

// Runs all at once; each must end once, in time, with the right error.
inline void check_faults_are_told(std::deque<ModelFault>& faults) {
    std::vector<ChildProcess> workers;
    for (ModelFault& fault : faults) {
        fault.house.give("r-1", fault.prompt, fault.timeout_seconds);
        workers.push_back(fault.house.start());
    }
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const ModelFault& fault = faults[i];
        CHECK(workers[i].must_end(std::chrono::seconds{90}).exit_code == 0);
        REQUIRE(fault.house.outputs().size() == 1);
        const contracts::Json output = fault.house.outputs().front();
        CAPTURE(fault.prompt, output.dump());
        CHECK(output["status"] == fault.status);
        CHECK(output["error"].get<std::string>().find(fault.said) != std::string::npos);
        // TERM, five seconds, KILL, and a margin for a busy machine.
        CHECK(output["duration_ms"] < 1000 * (fault.timeout_seconds + 10));
        const contracts::Json end = fault.house.lifecycle().back();
        CHECK(end["event"] == "failed");
        CHECK((end["result"]["ending"] == "timed_out") == (fault.status == "timeout"));
        CHECK(fault.house.agents_alive() == 0);
        CHECK(fault.house.pending() == 0);
    }
}

// Runs "do the work" with a developer whose agent reports no cost.
inline void check_reminded_and_pushed(AgentHouse& house) {
    house.with_repository().set("RESULT_REMINDER", "1");
    const contracts::Json output = house.answer("do the work", 120);
    CAPTURE(output.dump());
    CHECK(output["status"] == "success");
    CHECK(output["summary"] == "done");
    REQUIRE(output.contains("commit_sha"));
    CHECK(output["commit_sha"] == house.pushed());
    CHECK(output["usage"]["output_tokens"] > 0);
    CHECK(!output["usage"].contains("cost_usd"));
    CHECK(house.in_workspace("found") == program("orchestrator") + "\n");
    CHECK(!house.read("task_progress:t-1").empty());
    CHECK(house.agents_alive() == 0);
}

// A real agent calls one of our commands as a tool, and its user gets the message.
inline void check_tools(const std::string& agent, const std::string& tool) {
    TemporaryDirectory scripts;
    const std::string script = scripts.write(
        "tools.json",
        R"({"rules":[{"name":"any","turns":[{"tools":[{"name":")" + tool +
            R"(","input":{"message":"I have begun."}}]},{"text":"The tool said {{output}}"}]}]})");
    const ModelServer model(ModelServerOptions{.script = script, .unix_socket = true});
    AgentHouse house("po", agent, model);
    std::filesystem::create_directory(house.directory() / "tools");
    std::filesystem::copy_file(program("orchestrator"), house.directory() / "tools/orchestrator");
    house.set("ORCHESTRATOR_BIN", house.directory() / "tools").set("ALLOWED_COMMANDS", "respond");
    house.give("r-1", "Hello", 60);
    ChildProcess worker = house.start();
    eventually(
        "the answer",
        [&] {
            const auto all = house.outputs();
            return !all.empty() && all.back()["is_final"] == true;
        },
        std::chrono::seconds{60});
    const auto all = house.outputs();
    CAPTURE(worker.error_output(), all.back().dump());
    REQUIRE(all.size() == 2);
    CHECK(all[0]["text"] == "I have begun.");
    CHECK(all[1]["text"].get<std::string>().find("success") != std::string::npos);
    worker.stop();
}

}  // namespace tests
