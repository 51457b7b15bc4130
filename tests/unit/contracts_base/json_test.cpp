#include "contracts/base/json.h"

#include <catch2/catch_test_macros.hpp>

using namespace contracts;

TEST_CASE("text that is no JSON fails with the byte where it stops") {
    const auto refused = parse_json(R"({"a": tru})");
    REQUIRE(!refused);
    CHECK(refused.error().kind == ErrorKind::invalid);
    CHECK(refused.error().message == "not valid JSON at byte 10");
    for (const char* text : {"", " ", "{", "[1,]", "{}{}", "\"\xff\"", "nul", "01", "'a'", "NaN"}) {
        INFO(text);
        CHECK(!parse_json(text));
    }
    CHECK(!parse_json("1e999999"));
}

TEST_CASE("what is written is one line and is read back") {
    const Json document{{"text", "a\nb\"\\\u2028é"}, {"list", {1, -2.5, true, nullptr}}};
    const std::string line = dump_json(document);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(*parse_json(line) == document);
}

TEST_CASE("bytes that are no UTF-8 are replaced and never stop a write") {
    const std::string line = dump_json(Json{{"k", std::string("a\xff"
                                                              "b\xc3")}});
    REQUIRE(parse_json(line));
    CHECK((*parse_json(line))["k"] == "a\uFFFDb\uFFFD");
}
