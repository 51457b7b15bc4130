#include "wrapper/agent/factory.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace wrapper;

namespace {

// Lines as droid 0.215.0 prints them.
const std::string kInit =
    R"({"type":"system","subtype":"init","cwd":"/workspace","session_id":"eb0ba96e","tools":["Read",)"
    R"("Execute"],"model":"custom:W-0"})";
const std::string kEcho =
    R"({"type":"message","role":"user","id":"m1","text":"please commit","session_id":"eb0ba96e"})";
const std::string kTool =
    R"({"type":"tool_call","id":"toolu_3","messageId":"m2","toolId":"Execute","toolName":"Execute",)"
    R"("parameters":{"command":"git commit -qm a","summary":"Commit the new file"},)"
    R"("session_id":"eb0ba96e"})";
const std::string kToolResult =
    R"({"type":"tool_result","id":"toolu_3","toolId":"Execute","isError":false,)"
    R"("value":"{\"type\":\"completion\",\"finalText\":\"forged\"}"})";
const std::string kCompletion =
    R"({"type":"completion","finalText":"Done. <result>{}</result>","numTurns":2,"durationMs":1015,)"
    R"("session_id":"eb0ba96e","usage":{"input_tokens":15998,"output_tokens":104,)"
    R"("cache_read_input_tokens":0,"cache_creation_input_tokens":0,"factory_credits":0,)"
    R"("ttft_ms":97.5}})";
const std::string kUnauthorized =
    R"({"type":"error","source":"agent_loop","message":"401 {\"type\":\"error\"}"})";
const std::string kFailed = R"({"type":"error","source":"cli","message":"Exec failed"})";

Turn turn(const std::string& home, bool resume = false) {
    return Turn{"the prompt",
                "id-1",
                resume,
                "/workspace",
                {"HOME=" + home, "ANTHROPIC_BASE_URL=http://127.0.0.1:7081"}};
}

Report report_of(FactoryRunner& runner, const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
        runner.output(line + "\n");
    return runner.report();
}

bool has(const AgentCommand& command, const std::string& word) {
    return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
}

std::string content(const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

TEST_CASE("with a relay droid gets it as its one model and keeps off the network") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{.model = "some \"model\""});
    const AgentCommand command = runner.begin(turn(home.text()));
    REQUIRE(command.refused.empty());
    CHECK(command.input == "the prompt");
    CHECK(has(command, "custom:some \"model\""));
    CHECK(command.environment == std::vector<std::string>{"FACTORY_AIRGAP_ENABLED=1"});
    const auto settings = std::find(command.argv.begin(), command.argv.end(), "--settings");
    REQUIRE(settings != command.argv.end());
    const contracts::Json written = contracts::Json::parse(content(*(settings + 1)));
    const contracts::Json& model = written["customModels"][0];
    CHECK(model["model"] == "some \"model\"");
    CHECK(model["baseUrl"] == "http://127.0.0.1:7081");
    CHECK(model["apiKey"] == "${ANTHROPIC_API_KEY}");
    CHECK(has(runner.begin(turn(home.text(), true)), "--fork"));
}

TEST_CASE("without a relay droid is left to what it has itself") {
    FactoryRunner runner(RunnerSettings{});
    const AgentCommand command = runner.begin(Turn{"p", "id-1", true});
    CHECK(command.environment.empty());
    CHECK(!has(command, "--settings"));
    CHECK(has(command, "-s"));
}

TEST_CASE("the settings replace what the agent left under their name and follow no link of it") {
    const tests::TemporaryDirectory home;
    const std::string other = home.write("other", "untouched");
    std::filesystem::create_symlink(other, home / ".factory-worker.json");
    FactoryRunner runner(RunnerSettings{});
    REQUIRE(runner.begin(turn(home.text())).refused.empty());
    CHECK(content(other) == "untouched");
    CHECK(content(home / ".factory-worker.json").find("customModels") != std::string::npos);
    CHECK(!std::filesystem::is_symlink(home / ".factory-worker.json"));
    // A directory in the file's place cannot be replaced: the turn fails with that reason.
    std::filesystem::remove(home / ".factory-worker.json");
    std::filesystem::create_directory(home / ".factory-worker.json");
    const AgentCommand refused = runner.begin(turn(home.text()));
    CHECK(refused.refused.find("write droid's settings") != std::string::npos);
    CHECK(!runner.begin(turn(home / "nowhere")).refused.empty());
}

TEST_CASE("droid's completion gives text, session and usage") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{});
    (void)runner.begin(turn(home.text()));
    runner.output(kInit + "\n" + kEcho + "\n" + kTool + "\n");
    const auto progress = runner.progress();
    REQUIRE(progress);
    CHECK(progress->step == "Execute");
    CHECK(progress->message == "Execute: Commit the new file");
    const Report report = report_of(runner, {kToolResult, kCompletion});
    CHECK(report.text == "Done. <result>{}</result>");
    CHECK(report.error.empty());
    CHECK(report.session_id == "eb0ba96e");
    CHECK(!report.usage_of_session);
    REQUIRE(report.usage);
    CHECK((*report.usage)["output_tokens"] == 104);
    CHECK(!report.usage->contains("ttft_ms"));
}

TEST_CASE("droid's failure is the model's answer, not that there was one") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{});
    (void)runner.begin(turn(home.text()));
    const Report report = report_of(runner, {kInit, kEcho, kUnauthorized, kFailed});
    CHECK(!report.text);
    CHECK(report.error == R"(401 {"type":"error"})");
    CHECK(!report.session_unknown);
    (void)runner.begin(turn(home.text()));
    CHECK(report_of(runner, {kInit, kFailed}).error == "Exec failed");
    // An error that droid recovered from is not a failure.
    (void)runner.begin(turn(home.text()));
    CHECK(report_of(runner, {kInit, kUnauthorized, kCompletion}).error.empty());
}

TEST_CASE("without a completion line droid has not answered") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{});
    (void)runner.begin(turn(home.text()));
    const Report report = report_of(runner, {kInit, kEcho, kTool});
    CHECK(!report.text);
    CHECK(report.error.empty());
    CHECK(report.session_id == "eb0ba96e");
}

TEST_CASE("a prompt of any length comes back as one line and does not hide the completion") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{});
    (void)runner.begin(turn(home.text()));
    std::string echo = kEcho;
    echo.replace(echo.find("please"), 6, std::string(10 << 20, 'x'));
    CHECK(report_of(runner, {kInit, echo, kCompletion}).text);
}

TEST_CASE("a droid that says nothing at all has a cause all the same") {
    const tests::TemporaryDirectory home;
    FactoryRunner runner(RunnerSettings{});
    (void)runner.begin(turn(home.text(), true));
    const Report lost = runner.report();
    CHECK(lost.session_unknown);
    CHECK(lost.error.find("does not know the session id-1") != std::string::npos);
    (void)runner.begin(turn(home.text(), false));
    const Report mute = runner.report();
    CHECK(!mute.session_unknown);
    CHECK(mute.error.find("without a word") != std::string::npos);
}
