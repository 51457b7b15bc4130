// When an agent's answer is complete: its turn then ends even if the agent does not exit.
#include "wrapper/agent/claude.h"
#include "wrapper/agent/codex.h"
#include "wrapper/agent/custom.h"
#include "wrapper/agent/factory.h"

#include <catch2/catch_test_macros.hpp>

using namespace wrapper;

namespace {

const std::string kSessionBegins = R"({"type":"system","subtype":"init","session_id":"5d1f"})";
const std::string kPlainResult =
    R"({"type":"result","is_error":false,"session_id":"5d1f","result":"tests run"})";
const std::string kResultWithVerdict =
    R"({"type":"result","is_error":false,"result":)"
    R"("<result>{\"status\":\"success\",\"summary\":\"ok\"}</result>"})";
const std::string kFailedResult =
    R"({"type":"result","is_error":true,"result":"Invalid key","session_id":"5d1f"})";
const std::string kTaskStarted = R"({"type":"system","subtype":"task_started","task_id":"b1"})";
const std::string kTaskOver =
    R"({"type":"system","subtype":"task_notification","task_id":"b1","status":"completed"})";

template <class R>
class Speaking {
public:
    explicit Speaking(RunnerSettings settings = {}) : runner(std::move(settings)) {
        (void)runner.begin(Turn{"do", "s-1", false, "/workspace", {"CODEX_HOME=/nonexistent"}});
    }
    bool after(const std::string& line, Moment moment = Moment::speaking) {
        runner.output(line + "\n");
        return runner.has_answer(moment);
    }
    R runner;
};

}  // namespace

TEST_CASE("claude has answered with its result line, until it works on") {
    Speaking<ClaudeRunner> claude;
    CHECK(!claude.after(kSessionBegins));
    CHECK(claude.after(kPlainResult));
    CHECK(claude.after("npm: still listening"));
    CHECK(claude.after(R"({"type":"keep_alive"})"));
    CHECK(!claude.after(kSessionBegins));
    CHECK(!claude.after(R"({"type":"assistant","message":{}})"));
    CHECK(claude.after(kResultWithVerdict));
    CHECK(claude.runner.report().complete);
    Speaking<ClaudeRunner> failed;
    CHECK(failed.after(kFailedResult));
    CHECK(!failed.runner.report().complete);
    // A result that was followed by more work was not the final one.
    Speaking<ClaudeRunner> half;
    CHECK(half.after(kResultWithVerdict));
    CHECK(!half.after(kSessionBegins));
    CHECK(!half.runner.report().complete);
}

TEST_CASE("what claude left running is waited for, unless it gave its verdict") {
    Speaking<ClaudeRunner> claude;
    CHECK(!claude.after(kTaskStarted));
    CHECK(!claude.after(kPlainResult, Moment::silent));
    CHECK(claude.runner.has_answer(Moment::out_of_time));
    CHECK(claude.after(kTaskOver));
    Speaking<ClaudeRunner> server;
    CHECK(!server.after(kTaskStarted));
    CHECK(server.after(kResultWithVerdict));
}

TEST_CASE("a last line needs no line feed once it is silent") {
    Speaking<ClaudeRunner> claude;
    claude.runner.output(kResultWithVerdict);
    CHECK(!claude.runner.has_answer());
    CHECK(claude.runner.has_answer(Moment::silent));
    Speaking<ClaudeRunner> half;
    half.runner.output(kResultWithVerdict.substr(0, kResultWithVerdict.size() - 1));
    CHECK(!half.runner.has_answer(Moment::silent));
    half.runner.output("}\n");
    CHECK(half.runner.has_answer());
}

TEST_CASE("droid and codex have answered with their last line") {
    Speaking<FactoryRunner> droid;
    CHECK(!droid.after(R"({"type":"error","source":"agent_loop","message":"429"})"));
    CHECK(!droid.after(R"({"type":"tool_call","toolName":"Execute"})"));
    CHECK(droid.after(R"({"type":"completion","finalText":"done"})"));
    CHECK(droid.runner.report().complete);
    Speaking<FactoryRunner> broken;
    CHECK(broken.after(R"({"type":"error","source":"cli","message":"Exec failed"})"));
    CHECK(!broken.runner.report().complete);
    Speaking<CodexRunner> codex;
    CHECK(!codex.after(R"({"type":"turn.started"})"));
    CHECK(!codex.after(R"({"type":"item.completed","item":{"type":"agent_message","text":"x"}})"));
    CHECK(codex.after(R"({"type":"turn.completed","usage":{}})"));
    CHECK(codex.runner.report().complete);
    Speaking<CodexRunner> failed;
    CHECK(failed.after(R"({"type":"turn.failed","error":{"message":"no"}})"));
    CHECK(!failed.runner.report().complete);
}

TEST_CASE("a custom agent has answered once it is silent behind a verdict") {
    const std::string verdict = R"(<result>{"status":"failure","summary":"no"}</result>)";
    Speaking<CustomRunner> custom;
    CHECK(!custom.after("working", Moment::silent));
    CHECK(!custom.after(verdict));
    CHECK(custom.after("goodbye", Moment::silent));
    CHECK(custom.runner.report().complete);
    Speaking<CustomRunner> going;
    CHECK(
        !going.after(R"(<result>{"status":"in_progress","summary":"s"}</result>)", Moment::silent));
    CHECK(!going.runner.report().complete);
    // If the exit code is the verdict, a result in the output has no effect.
    Speaking<CustomRunner> tests({.exit_code_is_verdict = true});
    CHECK(!tests.after(verdict, Moment::silent));
    CHECK(!tests.runner.report().complete);
}

TEST_CASE("a custom agent gets the prompt where it wants it") {
    CustomRunner wants(RunnerSettings{.command = {"make"}});
    CHECK(wants.begin(Turn{"the prompt", "s-1"}).input == "the prompt");
    CustomRunner tests(RunnerSettings{.command = {"make"}, .wants_prompt = false});
    const AgentCommand command = tests.begin(Turn{"the prompt", "s-1"});
    CHECK(command.input.empty());
    CHECK(command.argv == std::vector<std::string>{"make"});
}

TEST_CASE("claude's own tries are bounded, by whoever runs it first of all") {
    const auto retries = [](std::vector<std::string> environment) {
        ClaudeRunner runner(RunnerSettings{});
        std::vector<std::string> found;
        for (std::string& entry :
             runner.begin(Turn{"do", "s-1", false, "", std::move(environment)}).environment)
            if (entry.starts_with("CLAUDE_CODE_MAX_RETRIES=")) found.push_back(std::move(entry));
        return found;
    };
    CHECK(retries({}) == std::vector<std::string>{"CLAUDE_CODE_MAX_RETRIES=5"});
    CHECK(retries({"CLAUDE_CODE_MAX_RETRIES=0"}).empty());
}
