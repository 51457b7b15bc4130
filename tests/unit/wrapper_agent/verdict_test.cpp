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
