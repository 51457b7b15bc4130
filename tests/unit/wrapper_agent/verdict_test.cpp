#include "wrapper/agent/verdict.h"

#include <catch2/catch_test_macros.hpp>

using namespace wrapper;
using contracts::ErrorKind;
using contracts::VerdictStatus;

TEST_CASE("the first result block is the verdict") {
    const auto verdict = read_verdict(
        "I did it. <result>{\"status\":\"success\",\"summary\":\"one\",\"data\":{\"n\":1}}</result>"
        "<result>{\"status\":\"failure\",\"summary\":\"two\"}</result>");
    REQUIRE(verdict);
    CHECK(verdict->status == VerdictStatus::success);
    CHECK(verdict->summary == "one");
    CHECK(verdict->data["n"] == 1);
}

TEST_CASE("data may be left out, and the block may span lines") {
    const auto verdict =
        read_verdict("<result>\n {\"status\": \"in_progress\",\n \"summary\": \"\"}\n</result>");
    REQUIRE(verdict);
    CHECK(verdict->status == VerdictStatus::in_progress);
    CHECK(verdict->data == contracts::Json::object());
}

TEST_CASE("a text without a block is told from a block that is no verdict") {
    for (const char* text : {"", "all is well", "<resul>{}</result>", "</result>"})
        CHECK(read_verdict(text).error().kind == ErrorKind::not_found);
    const std::pair<const char*, const char*> faults[] = {
        {"<result>{\"status\":\"success\"", "the result block is not closed"},
        {"<result>{status}</result>", "byte 2"},
        {"<result></result>", "byte 1"},
        {"<result>[]</result>", "must be a JSON object"},
        {"<result>{\"status\":\"done\",\"summary\":\"\"}</result>", "must be one of"},
        {"<result>{\"status\":\"success\",\"summary\":3}</result>", "summary"},
    };
    for (const auto& [text, reason] : faults) {
        const auto verdict = read_verdict(text);
        REQUIRE(!verdict);
        CHECK(verdict.error().kind == ErrorKind::invalid);
        CHECK(verdict.error().describe().find(reason) != std::string::npos);
    }
}

TEST_CASE("half a surrogate pair in a verdict does not lose it") {
    const auto verdict =
        read_verdict("<result>{\"status\":\"success\",\"summary\":\"a \\ud800 b\"}</result>");
    REQUIRE(verdict);
    CHECK(verdict->summary == "a \xEF\xBF\xBD b");
}

TEST_CASE("the first block that can be read counts, whatever the prose around it says") {
    const std::string good = R"({"status":"success","summary":"ok"})";
    const std::string other = R"({"status":"failure","summary":"no"})";
    const std::string texts[] = {
        "<result>" + good + "</result>",
        "<result>```json\n" + good + "\n```</result>",
        "<result>\n```\n" + good + "\n```\n</result>",
        "<result>\r\n~~~JSON\r\n" + good + "\r\n~~~\r\n</result>",
        "```json\n<result>" + good + "</result>\n```",
        "<result>\xEF\xBB\xBF" + good + "</result>",
        "<result>Here it is: " + good + "</result>",
        "<result>" + good + " That was all.</result>",
        "<result>see {this}: " + good + "</result>",
        "\x1b[1m<result>\x1b[32m" + good + "\x1b[0m</result>",
        "I will end with a <result>…</result> block.\n<result>" + good + "</result>",
        "I will end with <result> and </result>. <result>" + good + "</result>",
        "First a <result> tag, then: <result>" + good + "</result>",
        "<result>oops</result> <result>{}</result> <result>" + good + "</result>",
        "<result>[]</result><result>" + good + "</result><result>" + other + "</result>",
        "<result>{\"status\": \"success\" or \"failure\"}</result> <result>" + good + "</result>",
        "<result>" + good + "</result> <result>oops",
        "<result>" + good + "</result><result>" + other + "</result>",
    };
    for (const std::string& text : texts) {
        CAPTURE(text);
        const auto verdict = read_verdict(text);
        REQUIRE(verdict);
        CHECK(verdict->status == VerdictStatus::success);
        CHECK(has_final_verdict(text));
    }
}

TEST_CASE("tags in the strings of a verdict do not end it") {
    const auto verdict = read_verdict(
        R"(<result>{"status":"success","summary":"wrote </result> and <result>{}</result>"}</result>)");
    REQUIRE(verdict);
    CHECK(verdict->summary == "wrote </result> and <result>{}</result>");
}

TEST_CASE("of blocks that cannot be read the first one's fault is told") {
    const auto verdict = read_verdict("<result>{status}</result><result>[]</result>");
    REQUIRE(!verdict);
    CHECK(verdict.error().describe().find("byte 2") != std::string::npos);
    // An object inside a truncated one is not a verdict by itself.
    for (
        const char* text :
        {R"(<result>{"status":"success","summary":"s","data":{"status":"success","summary":"x"}</result>)",
         R"(<result>{"status":"success","summary":"s"})",
         R"(<result>[{"status":"success","summary":"s"}]</result>)",
         R"(<result>words</result> {"status":"success","summary":"s"} </result>)"})
        CHECK(!read_verdict(text));
    CHECK(!has_final_verdict(R"(<result>{"status":"in_progress","summary":"s"}</result>)"));
}

TEST_CASE("any number of broken blocks is looked through in a moment") {
    std::string text;
    while (text.size() < 1 << 20)
        text += "<result>{";
    CHECK(!read_verdict(text));
    CHECK(!read_verdict(text + "</result>"));
    std::string closed;
    while (closed.size() < 1 << 20)
        closed += "<result>{x}</result>";
    CHECK(read_verdict(closed + R"(<result>{"status":"success","summary":"s"}</result>)"));
}
