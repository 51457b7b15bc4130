// Every way in which an agent's result can be broken: the right error, and never a success.
#include "tests/support/messages/message_checks.h"
#include "wrapper/agent/outcome.h"
#include "wrapper/agent/verdict.h"

#include <algorithm>

using namespace wrapper;
using contracts::AgentType;
using contracts::ErrorKind;
using contracts::ResultStatus;

namespace {

constexpr std::size_t kCases = 1200;

bool is_ascii(const std::string& text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

std::string block(const std::string& inside) {
    return "I did it. <result>" + inside + "</result> Good night.";
}

// An agent's output in a good run, and the lines without which it is not a success.
struct Envelope {
    AgentType agent;
    std::vector<std::string> lines;
    std::vector<std::size_t> vital;
};

const std::string kWords = R"(Done. <result>{\"status\":\"success\",\"summary\":\"ok\"}</result>)";

std::vector<Envelope> envelopes() {
    return {
        {AgentType::claude,
         {R"({"type":"system","subtype":"init","session_id":"5d1f"})",
          R"({"type":"result","subtype":"success","is_error":false,"session_id":"5d1f","result":")" +
              kWords + R"(","total_cost_usd":0.25,"usage":{"output_tokens":14}})"},
         {1}},
        {AgentType::factory,
         {R"({"type":"system","subtype":"init","session_id":"s-1"})",
          R"({"type":"completion","session_id":"s-1","finalText":")" + kWords +
              R"(","usage":{"input_tokens":1}})"},
         {1}},
        {AgentType::codex,
         {R"({"type":"thread.started","thread_id":"0190b3c4-7d2e-7a10-8c55-1f2e3d4c5b6a"})",
          R"({"type":"item.completed","item":{"type":"agent_message","text":")" + kWords + R"("}})",
          R"({"type":"turn.completed","usage":{"output_tokens":6}})"},
         {1, 2}},
        {AgentType::acp,
         {R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1}})",
          R"({"jsonrpc":"2.0","id":2,"result":{"sessionId":"s-1"}})",
          R"({"jsonrpc":"2.0","method":"session/update","params":{"update":)"
          R"({"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":")" +
              kWords + R"("}}}})",
          R"({"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}})"},
         {0, 1, 2, 3}}};
}

ResultStatus status_of(AgentType agent, const std::vector<std::string>& lines) {
    RunnerSettings settings;
    settings.agent_type = agent;
    settings.command = {"agent"};
    const auto runner = make_runner(std::move(settings));
    REQUIRE(runner);
    Turn turn{"do", "s-0", false};
    turn.environment = {"CODEX_HOME=/nonexistent"};
    (void)(*runner)->begin(std::move(turn));
    for (const std::string& line : lines)
        (*runner)->output(line + "\n");
    Receipt receipt;
    receipt.ending = Ending::exited;
    receipt.exit_code = 0;
    const Report report = (*runner)->report();
    const Outcome outcome =
        judge(report, receipt, contracts::WorkerType::developer, false, std::chrono::seconds(60));
    CHECK((outcome.status == ResultStatus::success || !outcome.error.empty()));
    return outcome.status;
}

}  // namespace

TEST_CASE("a block that is no verdict is refused and its field named, in a thousand ways") {
    const auto kind = tests::kind_of<contracts::AgentVerdict>("AgentVerdict");
    for (const tests::BadMessage& bad : tests::bad_messages(kind, kCases)) {
        if (bad.text.find("</") != std::string::npos) continue;  // it would end the block
        const auto verdict = read_verdict(block(bad.text));
        CAPTURE(bad.text, bad.field);
        REQUIRE_FALSE(verdict);
        REQUIRE(verdict.error().kind == ErrorKind::invalid);
        REQUIRE(verdict.error().field == bad.field);
        REQUIRE(verdict.error().message.starts_with("result block: "));
        if (!bad.field.empty() || !is_ascii(bad.text)) continue;
        const std::string place = "at byte " + std::to_string(bad.text.size() + 1);
        REQUIRE(verdict.error().message.ends_with(place));
    }
}

TEST_CASE("a byte that JSON cannot have is refused with its place in the block") {
    const auto kind = tests::kind_of<contracts::AgentVerdict>("AgentVerdict");
    tests::Random random(20260110);
    std::size_t cases = 0;
    while (cases < kCases) {
        std::string text = kind.generate(random).dump();
        if (text.find("</") != std::string::npos || !is_ascii(text)) continue;
        const std::size_t at = tests::below(random, text.size());
        text.insert(at, 1, '\x01');
        const auto verdict = read_verdict(block(text));
        CAPTURE(text, at);
        REQUIRE_FALSE(verdict);
        REQUIRE(verdict.error().kind == ErrorKind::invalid);
        REQUIRE(verdict.error().message.ends_with("at byte " + std::to_string(at + 1)));
        ++cases;
    }
}

TEST_CASE("a line of an agent that is cut or garbled anywhere is never its success") {
    std::size_t cases = 0;
    for (const Envelope& good : envelopes()) {
        REQUIRE(status_of(good.agent, good.lines) == ResultStatus::success);
        for (const std::size_t vital : good.vital)
            for (std::size_t at = 0; at < good.lines[vital].size(); ++at) {
                std::vector<std::string> lines = good.lines;
                lines[vital].resize(at);
                CAPTURE(to_text(good.agent), lines[vital]);
                REQUIRE(status_of(good.agent, lines) != ResultStatus::success);
                lines[vital] = good.lines[vital];
                lines[vital].insert(at, 1, '\x01');
                REQUIRE(status_of(good.agent, lines) != ResultStatus::success);
                cases += 2;
            }
    }
    CHECK(cases > 1000);
}

TEST_CASE("a result of another type than text, or one that says it failed, is never a success") {
    const std::string words = '"' + kWords + '"';
    for (const Envelope& good : envelopes())
        for (const char* other :
             {"null", "1", "true", "[]", "{}", "\"\"", R"(["<result>"])", R"("<result></result>")",
              R"("<result>{}</result>")", R"("<result>{\"status\":\"success\"}</result>")",
              R"("<result>{\"status\":\"failure\",\"summary\":\"\"}</result>")",
              R"("<result>{\"status\":\"success\",\"summary\":\"ok\"}")"}) {
            std::vector<std::string> lines = good.lines;
            for (std::string& line : lines)
                if (const std::size_t at = line.find(words); at != std::string::npos)
                    line.replace(at, words.size(), other);
            REQUIRE(lines != good.lines);
            CAPTURE(to_text(good.agent), other);
            CHECK(status_of(good.agent, lines) != ResultStatus::success);
        }
}
