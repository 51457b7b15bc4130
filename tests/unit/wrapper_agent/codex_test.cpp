#include "wrapper/agent/codex.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>

using namespace wrapper;

namespace {

const std::string kId = "01a1ff66-eaef-75b2-8b7a-c0732cb34ae5";
// Lines as codex 0.169.0 prints them.
const std::string kStarted = R"({"type":"thread.started","thread_id":")" + kId + R"("})";
const std::string kWarning =
    R"({"type":"item.completed","item":{"id":"item_0","type":"error","message":)"
    R"("Model metadata for `some-model` not found."}})";
const std::string kTurn = R"({"type":"turn.started"})";
const std::string kCommand =
    R"({"type":"item.started","item":{"id":"item_1","type":"command_execution","command":)"
    R"("/bin/bash -c 'make test'","aggregated_output":"","exit_code":null,"status":"in_progress"}})";
const std::string kCommandDone =
    R"({"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":)"
    R"("/bin/bash -c 'make test'","aggregated_output":"{\"type\":\"turn.failed\"}","exit_code":0,)"
    R"("status":"completed"}})";
const std::string kFirst =
    R"({"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"Testing."}})";
const std::string kLast =
    R"({"type":"item.completed","item":{"id":"item_3","type":"agent_message","text":"Done."}})";
const std::string kCompleted =
    R"({"type":"turn.completed","usage":{"input_tokens":200,"cached_input_tokens":0,)"
    R"("cache_write_input_tokens":0,"output_tokens":20,"reasoning_output_tokens":0}})";
const std::string kReconnecting =
    R"({"type":"error","message":"Reconnecting... waiting for network"})";
const std::string kFailed =
    R"({"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized: no"}})";

Turn turn(bool resume = false) {
    return Turn{"the prompt",
                kId,
                resume,
                "/workspace",
                {"CODEX_HOME=/x", "OPENAI_BASE_URL=http://127.0.0.1:7081/v1", "OPENAI_API_KEY=k"}};
}

Report report_of(const std::vector<std::string>& lines, const std::string& errors = {}) {
    CodexRunner runner(RunnerSettings{});
    (void)runner.begin(turn());
    for (const std::string& line : lines)
        runner.output(line + "\n");
    runner.errors(errors);
    return runner.report();
}

std::string joined(const AgentCommand& command) {
    std::string text;
    for (const std::string& word : command.argv)
        text += word + "\n";
    return text;
}

}  // namespace

TEST_CASE("codex is configured by arguments and told where the relay is") {
    CodexRunner runner(RunnerSettings{.model = "a \"b\""});
    const AgentCommand command = runner.begin(turn());
    const std::string text = joined(command);
    CHECK(command.input == "the prompt");
    CHECK(text.starts_with("codex\nexec\n--json\n"));
    CHECK(text.ends_with("\n-\n"));
    CHECK(text.find(R"(model="a \"b\"")") != std::string::npos);
    CHECK(text.find(R"(base_url="http://127.0.0.1:7081/v1")") != std::string::npos);
    CHECK(text.find("analytics.enabled=false") != std::string::npos);
    CHECK(text.find("resume") == std::string::npos);
    CHECK(joined(runner.begin(turn(true))).ends_with("\nresume\n" + kId + "\n-\n"));
}

TEST_CASE("codex has a home, made where there is none") {
    const tests::TemporaryDirectory home;
    CodexRunner runner(RunnerSettings{});
    const AgentCommand command =
        runner.begin(Turn{"p", kId, false, "/workspace", {"HOME=" + home.text()}});
    CHECK(command.environment == std::vector<std::string>{"CODEX_HOME=" + home / ".codex"});
    CHECK(std::filesystem::is_directory(home / ".codex"));
    // With only a key set, codex connects as it normally does.
    const AgentCommand own = runner.begin(
        Turn{"p", kId, false, "/workspace", {"HOME=" + home.text(), "OPENAI_API_KEY=k"}});
    CHECK(own.environment.front() == "CODEX_API_KEY=k");
    CHECK(joined(own).find("model_provider") == std::string::npos);
}

TEST_CASE("only a UUID is one of codex's sessions") {
    const CodexRunner runner(RunnerSettings{});
    CHECK(runner.takes_session(kId));
    CHECK(runner.takes_session("01A1FF66-EAEF-75B2-8B7A-C0732CB34AE5"));
    for (const std::string& id : {std::string(), std::string("last"), kId + "0", kId.substr(1),
                                  "g" + kId.substr(1), std::string(36, 'a'), std::string(36, '-')})
        CHECK(!runner.takes_session(id));
}

TEST_CASE("a prompt that codex would refuse is refused before it runs") {
    CodexRunner runner(RunnerSettings{});
    Turn longest = turn();
    longest.prompt = std::string((1 << 20) - 1, 'x') + "\xC3\xA9";  // characters, not bytes
    CHECK(runner.begin(longest).refused.empty());
    longest.prompt += "y";
    CHECK(runner.begin(longest).refused ==
          "the prompt has 1048577 characters, and codex takes at most 1048576");
}

TEST_CASE("codex's last message is its answer, and its usage is the whole thread's") {
    const Report report =
        report_of({kStarted, kWarning, kTurn, kFirst, kCommand, kCommandDone, kLast, kCompleted});
    CHECK(report.text == "Done.");
    CHECK(report.error.empty());
    CHECK(report.session_id == kId);
    CHECK(report.usage_of_session);
    REQUIRE(report.usage);
    CHECK((*report.usage)["input_tokens"] == 200);
}

TEST_CASE("a turn that failed, or never ended, has no answer") {
    const Report failed = report_of({kStarted, kTurn, kFirst, kReconnecting, kFailed});
    CHECK(failed.error == "unexpected status 401 Unauthorized: no");
    const Report broken = report_of({kStarted, kTurn, kLast});
    CHECK(!broken.text);
    CHECK(broken.error.empty());
    const Report away = report_of({kStarted, kTurn, kReconnecting});
    CHECK(away.error.starts_with("Reconnecting... waiting for network"));
    // An error that codex recovered from is not a failure.
    CHECK(report_of({kStarted, kTurn, kReconnecting, kLast, kCompleted}).error.empty());
}

TEST_CASE("a thread that codex does not know is told from other failures") {
    const Report report =
        report_of({}, "WARNING: x\nError: thread/resume failed: no rollout found for thread id " +
                          kId + " (code -32600)\nmore\n");
    CHECK(report.session_unknown);
    CHECK(report.error == "no rollout found for thread id " + kId + " (code -32600)");
    CHECK(report.session_id.empty());
    CHECK(!report_of({}, "something else").session_unknown);
}

TEST_CASE("the command that codex runs is its step") {
    CodexRunner runner(RunnerSettings{});
    (void)runner.begin(turn());
    runner.output(kStarted + "\n" + kCommand + "\n" + kCommandDone + "\n");
    const auto progress = runner.progress();
    REQUIRE(progress);
    CHECK(progress->step == "command_execution");
    CHECK(progress->message == "command_execution: /bin/bash -c 'make test'");
    CHECK(!runner.progress());
}
