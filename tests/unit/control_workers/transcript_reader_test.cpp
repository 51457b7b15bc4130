// Session files as the agents write them, and as a hostile agent would.
#include "control/workers/transcript_reader.h"

#include "contracts/base/json.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using control::TranscriptLine;
using control::TranscriptReader;
using enum control::TranscriptSpeaker;

namespace {

std::vector<TranscriptLine> read_all(const std::vector<std::string>& lines,
                                     std::vector<std::string> secrets = {}) {
    TranscriptReader reader(std::move(secrets));
    for (const std::string& line : lines)
        reader.read(line);
    return reader.take();
}

std::string asked(const std::string& text) {
    return contracts::dump_json(
        Json{{"type", "user"}, {"message", {{"role", "user"}, {"content", text}}}});
}

void check_line(const TranscriptLine& line, control::TranscriptSpeaker who,
                const std::string& text) {
    CHECK(line.who == who);
    CHECK(line.text == text);
}

}  // namespace

TEST_CASE("a session of Claude Code is read with its calls of tools") {
    const auto lines = read_all(
        {R"({"type":"queue-operation","content":"build it"})",
         R"({"type":"user","timestamp":"2026-11-30T18:26:15.542Z","message":{"role":"user","content":"build it"}})",
         R"({"type":"api-request-blob","message":{"role":"user","content":"the same again"}})",
         R"({"type":"assistant","message":{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"I look."},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]}})",
         R"({"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"a.txt"},{"type":"image"}]}]}})"});
    REQUIRE(lines.size() == 4);
    check_line(lines[0], prompt, "build it");
    CHECK(lines[0].at == contracts::parse_timestamp("2026-11-30T18:26:15.542Z"));
    check_line(lines[1], agent, "I look.");
    CHECK_FALSE(lines[1].at);
    check_line(lines[2], tool, R"(Bash {"command":"ls"})");
    check_line(lines[3], result, "a.txt");
}

TEST_CASE("a session of Codex is read with its calls of functions") {
    const auto lines = read_all(
        {R"({"type":"session_meta","payload":{"id":"x"}})",
         R"({"type":"response_item","payload":{"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]}})",
         R"({"type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"build it"}]}})",
         R"({"type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{\"command\":\"ls\"}"}})",
         R"({"type":"response_item","payload":{"type":"function_call_output","output":"a.txt"}})",
         R"({"type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}})"});
    REQUIRE(lines.size() == 4);
    check_line(lines[0], prompt, "build it");
    check_line(lines[1], tool, R"(shell {"command":"ls"})");
    check_line(lines[2], result, "a.txt");
    check_line(lines[3], agent, "Done.");
}

TEST_CASE("secrets are masked before a text is cut, and what looks like a key as well") {
    const std::string key = "sk-ant-" + std::string(30, 'x');
    const std::string near_end(TranscriptReader::kLongestText - 3, 'a');
    const auto lines = read_all(
        {asked("the password is hunter22 and the key " + key), asked(near_end + "hunter22")},
        {"hunter22"});
    REQUIRE(lines.size() == 2);
    check_line(lines[0], prompt, "the password is *** and the key ***");
    check_line(lines[1], prompt, near_end + "***");
    const auto huge =
        read_all({asked(std::string((64 << 10) - 4, 'a') + "hunter22")}, {"hunter22"});
    CHECK(huge.at(0).text.find("hunt") == std::string::npos);
}

TEST_CASE(
    "a transcript has bounds: its beginning and its end are kept, and what is left out is "
    "counted") {
    std::vector<std::string> many;
    for (int i = 0; i < 2000; ++i)
        many.push_back(asked("line " + std::to_string(i)));
    const auto lines = read_all(many);
    REQUIRE(lines.size() == TranscriptReader::kMostLines);
    check_line(lines[0], prompt, "line 0");
    check_line(lines[1], note, "1501 lines are left out");
    check_line(lines.back(), prompt, "line 1999");

    const std::string large(20'000, 'x');
    std::size_t bytes = 0;
    for (const TranscriptLine& line : read_all(std::vector<std::string>(300, asked(large)))) {
        CHECK(line.text.size() < TranscriptReader::kLongestText + 8);
        bytes += line.text.size();
    }
    CHECK(bytes < TranscriptReader::kMostBytes + 2 * TranscriptReader::kLongestText);
}

TEST_CASE("lines that are not of a session are skipped, whatever they are") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    const auto lines = read_all(
        {"", "{", "null", "7", "[]", "\xff\xfe", deep, R"({"type":7,"message":{}})",
         R"({"type":"user"})", R"({"type":"user","message":[]})",
         R"({"type":"user","message":{"role":"user","content":{"a":1}}})",
         R"({"type":"user","message":{"role":"user","content":[7,null,{"type":"text","text":7}]}})",
         R"({"type":"response_item","payload":{"type":"function_call"}})",
         R"({"type":"user","timestamp":"nonsense","message":{"role":"user","content":"a\u0000b"}})"});
    REQUIRE(lines.size() == 1);
    check_line(lines[0], prompt,
               "a\xEF\xBF\xBD"
               "b");

    const auto long_line =
        read_all({asked(std::string(TranscriptReader::kLongestLine, 'a')), asked("end")});
    REQUIRE(long_line.size() == 2);
    check_line(long_line[1], note, "1 line is left out");
}
