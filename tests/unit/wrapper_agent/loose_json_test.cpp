// Additions by terminals and shells around an agent's lines must not lose a result.
#include "wrapper/agent/loose_json.h"

#include "wrapper/agent/acp.h"
#include "wrapper/agent/claude.h"
#include "wrapper/agent/codex.h"
#include "wrapper/agent/factory.h"

#include <catch2/catch_test_macros.hpp>

using namespace wrapper;

namespace {

const std::string kSaid = R"(Done. <result>{\"status\":\"success\",\"summary\":\"ok\"}</result>)";
const std::string kClaudeLine =
    R"({"type":"result","subtype":"success","is_error":false,"session_id":"5d1f","result":")" +
    kSaid + R"("})";

// The forms that a line takes after it has passed a terminal.
std::vector<std::string> decorated(const std::string& line) {
    return {
        line,
        "\x1b[0m" + line,
        line + "\x1b[0m",
        "\x1b[?25h\x1b[2K\x1b[1;32m" + line + "\x1b[m\x1b(B",
        "\x1b]0;a {title}\x07" + line,
        "\x1b]8;;http://x\x1b\\" + line + "\x1b]8;;\x1b\\",
        "\x1b]0;cut off " + line + "\x1b[0m",
        "\x1b[" + line,
        "\xEF\xBB\xBF" + line,
        "\xEF\xBB\xBF\x1b[0m" + line,
        line + "\r",
        "\r" + line + "\r",
        "  \t" + line + "  ",
        "\x1b[2K\r10%\r100%\r" + line,
        "\b\b\x0f" + line + "\a",
        "make: done" + line,
        "\xE2\xA0\x8B working " + line,
        line + " and goodbye",
        line + R"({"type":"other"})",
        R"({"type":"other"})" + line,
        line.substr(0, 1) + "\x1b[0m" + line.substr(1),
        line.substr(0, 1) + "  " + line.substr(1),
    };
}

template <class R>
Report heard(const std::string& output) {
    R runner(RunnerSettings{.command = {"agent"}});
    (void)runner.begin(Turn{"do", "s-1", false, "/workspace", {"CODEX_HOME=/nonexistent"}});
    runner.output(output);
    return runner.report();
}

}  // namespace

TEST_CASE("escape sequences go, everything else stays") {
    const std::pair<std::string, std::string> texts[] = {{"plain", "plain"},
                                                         {"\x1b[31mred\x1b[0m", "red"},
                                                         {"\x1b]0;title\x07x", "x"},
                                                         {"\x1b]2;title\x1b\\x", "x"},
                                                         {"\x1b(Bx", "x"},
                                                         {"\x1b=x", "x"},
                                                         {"x\x1b", "x"},
                                                         {"x\x1b[", "x"},
                                                         {"x\x1b[1;2", "x"},
                                                         {"\x1bPq#0\x1b\\x", "x"},
                                                         {"\x1b[{}", "{}"},
                                                         {"\x1b]0;no end", "0;no end"},
                                                         {"\x1b[38:2::1:2:3mx", "x"}};
    for (const auto& [text, plain] : texts)
        CHECK(without_escapes(text) == plain);
}

TEST_CASE("objects are found one after another, whole ones only") {
    std::string_view text = R"(a {"x":"}"} b {"y":{"z":"\"}"}} c {"cut":)";
    CHECK(next_object(text) == R"({"x":"}"})");
    CHECK(next_object(text) == R"({"y":{"z":"\"}"}})");
    CHECK(next_object(text).empty());
    CHECK(text.empty());
    // An object inside a truncated one does not count by itself.
    std::string_view cut = R"({"type":"x","inner":{"type":"result"})";
    CHECK(next_object(cut).empty());
    std::string_view garbled = "\x01{}";
    CHECK(next_object(garbled).empty());
}

TEST_CASE("what a terminal prints around a line costs no agent its result") {
    for (const std::string& line : decorated(kClaudeLine)) {
        CAPTURE(line);
        const Report report = heard<ClaudeRunner>(line + "\n");
        REQUIRE(report.text);
        CHECK(report.text->ends_with("</result>"));
        CHECK(report.session_id == "5d1f");
        CHECK(report.complete);
    }
    for (const std::string& line : decorated(R"({"type":"completion","finalText":"done"})"))
        CHECK(heard<FactoryRunner>(line + "\n").text == "done");
    const std::string message =
        R"({"type":"item.completed","item":{"type":"agent_message","text":"done"}})"
        "\n";
    for (const std::string& line : decorated(R"({"type":"turn.completed","usage":{}})"))
        CHECK(heard<CodexRunner>(message + line + "\n").text == "done");
    const std::string opening =
        R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1}})"
        "\n"
        R"({"jsonrpc":"2.0","id":2,"result":{"sessionId":"s-1"}})"
        "\n"
        R"({"jsonrpc":"2.0","method":"session/update","params":{"update":)"
        R"({"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"done"}}}})"
        "\n";
    for (const std::string& line :
         decorated(R"({"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}})"))
        CHECK(heard<AcpRunner>(opening + line + "\n").text == "done");
}

TEST_CASE("an event is known by its type, however its line is written") {
    const Report report = heard<ClaudeRunner>(
        "{ \"type\" : \"result\", \"is_error\" : false,\t\"result\" : \"spaced\" }\n");
    CHECK(report.text == "spaced");
    CHECK(heard<ClaudeRunner>(R"({"t\u0079pe":"result","result":"escaped"})").text == "escaped");
}

TEST_CASE("a line without an object, or with one of another kind, changes nothing") {
    const Report report = heard<ClaudeRunner>(
        kClaudeLine + "\n[]\n{}\n\"{\"\n{\"type\":3}\n}{\n\x1b[0m\n{\"type\":\"keep_alive\"}\n");
    CHECK(report.complete);
    CHECK(report.text->ends_with("</result>"));
}
