#include "contracts/base/json.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>

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

TEST_CASE("a document's text is, to the byte, what the library writes") {
    const Json values[] = {nullptr,
                           true,
                           false,
                           0,
                           -1,
                           std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::uint64_t>::max(),
                           0.1,
                           -1e300,
                           1.0,
                           std::numeric_limits<double>::infinity(),
                           "",
                           "plain",
                           "quote \" backslash \\ line\n tab\t \x01 \x7f é \u2028",
                           "cut off \xe2\x82",
                           Json::array(),
                           Json::object(),
                           Json::binary({1, 2}, 3),
                           Json(Json::value_t::discarded)};
    Json object = Json::object();
    Json array = Json::array();
    for (const Json& value : values) {
        INFO(static_cast<int>(value.type()));
        CHECK(dump_json(value) == value.dump(-1, ' ', false, Json::error_handler_t::replace));
        object["key \"" + std::to_string(array.size())] = value;
        array.push_back(value);
    }
    const Json document{
        {"array", array}, {"object", object}, {"deep", {{{"list", {array, object}}}}}};
    CHECK(dump_json(document) == document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

TEST_CASE("a document nests as deep as is allowed and no deeper") {
    const std::string deepest =
        std::string(kMaxJsonDepth, '[') + "1" + std::string(kMaxJsonDepth, ']');
    CHECK(parse_json(deepest));
    const auto refused = parse_json('[' + deepest + ']');
    REQUIRE(!refused);
    CHECK(refused.error().message == "JSON nests deeper than 64 levels");
    CHECK(parse_json("{\"[[\":" + deepest.substr(1, deepest.size() - 2) + "}"));
}

TEST_CASE("a document is put together as it is written, the last of equal keys counting") {
    const auto read = parse_json(R"({"a":[{},[],{"b":[1,{"c":-2.5}]},null],"d":"x","d":true})");
    REQUIRE(read);
    CHECK(dump_json(*read) == R"({"a":[{},[],{"b":[1,{"c":-2.5}]},null],"d":true})");
    CHECK(parse_json("18446744073709551615")->get<std::uint64_t>() == UINT64_MAX);
    CHECK(parse_json("1e999999").error().message == "not valid JSON: a number is out of range");
}

TEST_CASE("the text under a key is empty where there is none") {
    const Json object{{"text", "here"}, {"number", 1}};
    CHECK(text_at(object, "text") == "here");
    CHECK(text_at(object, "number").empty());
    CHECK(text_at(object, "nothing").empty());
    CHECK(text_at(Json::array(), "text").empty());
}
