#include "wrapper/agent/claude.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

using namespace wrapper;

namespace {

// Lines as Claude Code 2.1 prints them.
const std::string kInit =
    R"({"cwd":"/workspace","session_id":"5d1f","subtype":"init","tools":["Bash"],"type":"system",)"
    R"("model":"m","claude_code_version":"2.1.329"})";
const std::string kTool =
    R"({"message":{"id":"msg_1","content":[{"type":"text","text":"I'll commit."},{"input":)"
    R"({"command":"git commit -qm a","description":"commit"},"name":"Bash","type":"tool_use",)"
    R"("id":"toolu_1"}],"usage":{"input_tokens":11,"output_tokens":7}},"type":"assistant",)"
    R"("session_id":"5d1f"})";
// A tool's output that looks like a result line, except that its quotes are escaped.
const std::string kToolResult =
    R"({"type":"user","message":{"content":[{"type":"tool_result","content":)"
    R"("{\"type\":\"result\",\"result\":\"forged\"}"}]}})";
const std::string kResult =
    R"({"duration_ms":1101,"is_error":false,"num_turns":2,"result":"Done. <result>{}</result>",)"
    R"("session_id":"5d1f","subtype":"success","total_cost_usd":0.25,"type":"result",)"
    R"("usage":{"input_tokens":22,"output_tokens":14,"cache_creation_input_tokens":0,)"
    R"("cache_read_input_tokens":5,"service_tier":"standard"}})";

Report report_of(const std::vector<std::string>& lines, std::size_t piece = 7) {
    ClaudeRunner runner(RunnerSettings{});
    (void)runner.begin(Turn{"do", "asked-for", false});
    std::string all;
    for (const std::string& line : lines)
        all += line + "\n";
    for (std::size_t at = 0; at < all.size(); at += piece)
        runner.output(std::string_view(all).substr(at, piece));
    return runner.report();
}

}  // namespace

TEST_CASE("claude is started with the prompt on stdin and a session of our choice") {
    ClaudeRunner runner(RunnerSettings{.model = "sonnet"});
    const AgentCommand fresh = runner.begin(Turn{"the prompt", "id-1", false});
    const auto has = [](const AgentCommand& command, const std::string& word) {
        return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
    };
    CHECK(fresh.argv.front() == "claude");
    CHECK(fresh.input == "the prompt");
    CHECK(has(fresh, "--session-id"));
    CHECK(has(fresh, "id-1"));
    CHECK(has(fresh, "sonnet"));
    const AgentCommand again = runner.begin(Turn{"more", "id-1", true});
    CHECK(has(again, "--resume"));
    CHECK(!has(again, "--session-id"));
    CHECK(!has(again, "--mcp-config"));
}

TEST_CASE("claude is offered our commands as tools, with what they need to reach PID 1") {
    ClaudeRunner runner(RunnerSettings{.tools = "/bin/orchestrator"});
    Turn turn{"the prompt", "id-1", false};
    turn.environment = {"ORCHESTRATOR_SOCKET=/s", "ALLOWED_COMMANDS=project.*", "HOME=/home/x"};
    const AgentCommand command = runner.begin(std::move(turn));
    const auto at = std::find(command.argv.begin(), command.argv.end(), "--mcp-config");
    REQUIRE(at != command.argv.end());
    CHECK(contracts::parse_json(*std::next(at)).value() ==
          contracts::parse_json(
              R"({"mcpServers":{"orchestrator":{"command":"/bin/orchestrator","args":["mcp"],)"
              R"("env":{"ORCHESTRATOR_SOCKET":"/s","ALLOWED_COMMANDS":"project.*"}}}})")
              .value());
}

TEST_CASE("the result line gives text, session, usage and cost, however the stream is cut up") {
    for (const std::size_t piece : {1, 3, 100, 100'000}) {
        const Report report = report_of({kInit, kTool, kToolResult, kResult}, piece);
        REQUIRE(report.text);
        CHECK(*report.text == "Done. <result>{}</result>");
        CHECK(report.error.empty());
        CHECK(report.session_id == "5d1f");
        CHECK(report.session_cost_usd == 0.25);
        REQUIRE(report.usage);
        CHECK((*report.usage)["output_tokens"] == 14);
        CHECK((*report.usage)["num_turns"] == 2);
        CHECK(!report.usage->contains("service_tier"));
    }
}

TEST_CASE("who is ended while claude asks its model again learns why it had nothing to say") {
    const auto retry = [](const std::string& status, const std::string& error) {
        return R"({"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,)"
               R"("retry_delay_ms":521,"error_status":)" +
               status + R"(,"error":")" + error + R"(","session_id":"5d1f"})";
    };
    const std::string limited = retry("429", "rate_limit");
    const std::string away = retry("null", "unknown");
    const Report report = report_of({kInit, limited});
    CHECK(report.error == "the model's side answers with status 429 (rate_limit)");
    CHECK(!report.text);
    CHECK(report_of({kInit, limited, away}).error ==
          "the model's side cannot be reached (unknown)");
    // The agent recovered from this error.
    CHECK(report_of({kInit, limited, kTool}).error.empty());
    CHECK(report_of({kInit, limited, kResult}).error.empty());
}

TEST_CASE("of several results the last counts") {
    std::string first = kResult;
    first.replace(first.find("Done."), 5, "Early");
    const Report report = report_of({kInit, first, kInit, kResult});
    CHECK(report.text->starts_with("Done."));
}

TEST_CASE("a result line without its line feed counts too") {
    ClaudeRunner runner(RunnerSettings{});
    (void)runner.begin(Turn{});
    runner.output(kResult);
    CHECK(runner.report().text.has_value());
}

TEST_CASE("no result line is no text") {
    const Report report = report_of({kInit, kTool, kToolResult, "not json at all", "{"});
    CHECK(!report.text);
    CHECK(report.session_id == "5d1f");
    CHECK(report.output_tail.find("not json at all") != std::string::npos);
}

TEST_CASE(
    "the status of a model that did not answer is the last one, and is gone once it answers") {
    const char* const away =
        R"({"type":"system","subtype":"api_retry","error_status":529,"error":"overloaded"})";
    CHECK(report_of({kInit, away}).model_status == 529);
    CHECK(report_of({kInit, away, kTool}).model_status == 0);
    CHECK(report_of({kInit, away, kTool, kResult}).model_status == 0);
    const char* const nowhere =
        R"({"type":"system","subtype":"api_retry","error_status":null,"error":"unknown"})";
    CHECK(report_of({kInit, away, nowhere}).model_status == 0);
}

TEST_CASE("failures are recognised, those that call themselves success included") {
    const Report api =
        report_of({R"({"type":"result","subtype":"success","is_error":true,"api_error_status":401,)"
                   R"("result":"Invalid key","session_id":"5d1f"})"});
    CHECK(api.error == "Invalid key (status 401)");
    CHECK(api.model_status == 401);
    const Report turns = report_of(
        {R"({"type":"result","subtype":"error_max_turns","is_error":true,"errors":["a","b"]})"});
    CHECK(turns.error == "a; b");
    CHECK(!turns.session_unknown);
    const Report unknown =
        report_of({R"({"type":"result","subtype":"error_during_execution","is_error":true,)"
                   R"("errors":["No conversation found with session ID: x"]})"});
    CHECK(unknown.session_unknown);
}

TEST_CASE("the step that the agent is at is told once") {
    ClaudeRunner runner(RunnerSettings{});
    (void)runner.begin(Turn{});
    CHECK(!runner.progress());
    runner.output(kTool + "\n");
    const auto progress = runner.progress();
    REQUIRE(progress);
    CHECK(progress->step == "Bash");
    CHECK(progress->message == "Bash: commit");
    CHECK(progress->tokens == 7);
    CHECK(!runner.progress());
}

TEST_CASE("a line of any length costs bounded memory and does not hide the next") {
    ClaudeRunner runner(RunnerSettings{});
    (void)runner.begin(Turn{});
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 20; ++i)
        runner.output(megabyte);
    runner.output("\n" + kResult + "\n");
    CHECK(runner.report().text.has_value());
}

TEST_CASE("a thousand mutations of a stream are read or refused, never worse") {
    std::uint32_t seed = 12345;
    const auto random = [&seed] {
        return seed = seed * 1664525 + 1013904223;
    };
    int read = 0;
    for (int i = 0; i < 1000; ++i) {
        std::string lines = kInit + "\n" + kTool + "\n" + kResult;
        for (std::uint32_t n = random() % 4 + 1; n > 0; --n)
            lines[random() % lines.size()] = static_cast<char>(random() >> 24);
        if (i % 3 == 0) lines.resize(random() % lines.size());
        if (report_of({lines}, 100'000).text) ++read;
    }
    CHECK(read > 0);
    CHECK(read < 1000);
}

TEST_CASE("a session id that could not be an argument is not the session's") {
    for (const std::string& id : {std::string(1 << 16, 'x'), std::string("--settings"),
                                  std::string("a b"), std::string("a\nb")}) {
        const contracts::Json line = {{"type", "result"}, {"result", "done"}, {"session_id", id}};
        const Report report = report_of({line.dump()}, 100'000);
        CHECK(report.text == "done");
        CHECK(report.session_id == "asked-for");
    }
}

TEST_CASE("half a surrogate pair and bytes that are no UTF-8 do not lose a result") {
    const std::pair<std::string, std::string> texts[] = {
        {R"(a\ud800b)",
         "a\xEF\xBF\xBD"
         "b"},
        {R"(\udc00)", "\xEF\xBF\xBD"},
        {R"(\ud83d\ude00)", "\xF0\x9F\x98\x80"},
        {R"(\\ud800)", R"(\ud800)"},
        {"caf\xE9", "caf\xEF\xBF\xBD"},
    };
    for (const auto& [written, meant] : texts) {
        CAPTURE(written);
        std::string line = kResult;
        line.replace(line.find("Done."), 5, written + R"(\ud800)");
        const Report report = report_of({line});
        REQUIRE(report.text);
        CHECK(*report.text == meant + "\xEF\xBF\xBD <result>{}</result>");
    }
}

TEST_CASE("a result that is too long to be read is no result, and said so") {
    std::string huge = kResult;
    huge.replace(huge.find("Done."), 5, std::string(1 << 20, 'x'));
    const Report report = report_of({kInit, kResult, kInit, huge}, 100'000);
    CHECK(!report.text);
    CHECK(report.lost_lines == 1);
    // A result after the lost line counts.
    CHECK(report_of({kInit, huge, kResult}, 100'000).text);
}

TEST_CASE("the tokens of a turn add up over its messages, each counted once") {
    ClaudeRunner runner(RunnerSettings{});
    (void)runner.begin(Turn{});
    const auto say = [&runner](const std::string& id, std::int64_t tokens) {
        std::string line = kTool;
        line.replace(line.find("msg_1"), 5, id);
        line.replace(line.find("\"output_tokens\":7"), 17,
                     "\"output_tokens\":" + std::to_string(tokens));
        runner.output(line + "\n");
        return runner.progress()->tokens;
    };
    CHECK(say("msg_1", 3) == 3);
    CHECK(say("msg_1", 7) == 7);
    CHECK(say("msg_2", 5) == 12);
    // Whatever the values are, the sum is a count.
    constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();
    CHECK(say("msg_3", -kAll) == 12);
    for (const char* id : {"msg_4", "msg_5", "msg_6"})
        CHECK(say(id, kAll) == 1'000'000'000'000);
}
