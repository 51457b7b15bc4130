// Facts that are read from a request, and cases that two parsers could read differently.
#include "control/models/request_facts.h"

#include "contracts/base/json.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using contracts::Json;

TEST_CASE("the members that count are found beside a conversation of any form") {
    const auto facts = read_request_facts(
        R"( {"messages":[{"content":"\"model\":\"cheap\" \\"},{"model":"inner","max_tokens":1}],)"
        R"("model" : "claude-x","max_tokens":64,"stream":true,"tools":[{"n":[[{}]]}],"n":null} )");
    REQUIRE(facts);
    CHECK(facts->model == "claude-x");
    CHECK(facts->most_output == 64);
    CHECK(facts->streams);
    CHECK(facts->answers == 1);
    CHECK_FALSE(facts->reads_elsewhere);
}

TEST_CASE("each provider's words for the largest answer count") {
    for (const char* name : {"max_tokens", "max_completion_tokens", "max_output_tokens"}) {
        const auto facts =
            read_request_facts(R"({"model":"m","n":3,")" + std::string(name) + R"(":9})");
        REQUIRE(facts);
        CHECK(facts->most_output == 9);
        CHECK(facts->answers == 3);
    }
    CHECK(read_request_facts(R"({"model":"m","previous_response_id":"r"})")->reads_elsewhere);
    CHECK_FALSE(
        read_request_facts(R"({"model":"m","previous_response_id":null})")->reads_elsewhere);
}

TEST_CASE("a request that could be read in two ways is refused") {
    const std::pair<const char*, const char*> requests[] = {
        {R"({"model":"cheap","model":"dear"})", "model"},
        {R"({"mod\u0065l":"dear","model":"cheap"})", "model"},
        {R"({"model":"cheap","MODEL":"dear"})", "MODEL"},
        {R"({"model":"m","max_tokens":1,"max_tokens":100000})", "max_tokens"},
        {R"({"model":"m","max_tokens":-5})", "max_tokens"},
        {R"({"model":"m","max_tokens":1.5})", "max_tokens"},
        {R"({"model":"m","max_tokens":"9"})", "max_tokens"},
        {R"({"model":"m","n":1000})", "n"},
        {R"({"model":7})", "model"},
        {R"({"model":""})", "model"},
        {R"({"max_tokens":7})", "model"},
    };
    for (const auto& [body, field] : requests) {
        INFO(body);
        const auto facts = read_request_facts(body);
        REQUIRE_FALSE(facts);
        CHECK(facts.error().kind == contracts::ErrorKind::invalid);
        CHECK(facts.error().field.find(field) != std::string::npos);
    }
}

TEST_CASE("what is not one JSON object is refused") {
    for (const char* body :
         {"", "{", "[]", "null", R"({"model":"m"} x)", R"({"model":"m")", R"({"model":"m",})",
          R"({"model" "m"})", R"({model:"m"})", "\xef\xbb\xbf{\"model\":\"m\"}",
          R"({"model":"m"}{"model":"dear"})", R"({"a":[1,2,"model":"m"})", R"({"a":"\)"}) {
        INFO(body);
        CHECK_FALSE(read_request_facts(body));
    }
}

TEST_CASE("a stream of Chat Completions is asked to tell its usage") {
    for (const char* body : {R"({"model":"m","stream":true})",
                             R"({"model":"m","stream_options":{"include_usage":false,"x":1}})",
                             R"({"model":"m","stream_options":null})"}) {
        const auto asked = contracts::parse_json(asking_for_usage(body));
        REQUIRE(asked);
        CHECK(asked->at("stream_options").at("include_usage") == true);
        CHECK(asked->at("model") == "m");
        CHECK(read_request_facts(asking_for_usage(body))->tells_usage);
    }
}
