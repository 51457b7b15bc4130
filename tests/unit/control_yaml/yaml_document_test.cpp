#include "control/yaml/yaml_document.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Json;
using control::read_yaml_document;

TEST_CASE("a YAML document is read as maps, lists and texts") {
    const auto read =
        read_yaml_document("a: 1\nb: [x, {c: 'd e'}]\nf: {}\ng:\n- h\n- - i\n  - j\nk:\n");
    REQUIRE(read);
    CHECK(*read == Json::parse(R"({"a": "1", "b": ["x", {"c": "d e"}], "f": {},
                                   "g": ["h", ["i", "j"]], "k": ""})"));
    CHECK(*read_yaml_document("text") == "text");
    CHECK(*read_yaml_document("") == "");
}

TEST_CASE("what is not one plain document is refused with its place") {
    for (const char* text :
         {"a: [", "a: &x 1\nb: *x\n", "a: 1\na: 2\n", "--- a\n--- b\n", "\t- a"}) {
        const auto read = read_yaml_document(text);
        INFO(text);
        REQUIRE(!read);
        CHECK(read.error().kind == contracts::ErrorKind::invalid);
        CHECK(read.error().message.starts_with("line "));
    }
}
