#include "contracts/base/text.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace contracts;

TEST_CASE("blanks around a text are cut, inside it they stay") {
    CHECK(trimmed(" \t a b \r\n") == "a b");
    CHECK(trimmed(" \n").empty());
    CHECK(trimmed("\n a \n", " ") == "\n a \n");
}

TEST_CASE("only ASCII letters become lower case") {
    CHECK(lower_case("AbZ[@ \xC3\x84") == "abz[@ \xC3\x84");
}

TEST_CASE("the beginning of a text ends between two characters") {
    CHECK(beginning("abc", 3) == "abc");
    CHECK(beginning("abc", 2) == "ab");
    CHECK(beginning("a\xC3\x84", 2) == "a");
    CHECK(beginning("a\xC3\x84", 3) == "a\xC3\x84");
    CHECK(beginning("\xE2\x82\xAC", 2).empty());
    CHECK(beginning("", 0).empty());
}

TEST_CASE("texts are joined with one separator in each gap") {
    CHECK(joined(std::vector<std::string>{}).empty());
    CHECK(joined(std::vector<std::string_view>{"a"}) == "a");
    CHECK(joined(std::vector<std::string>{"a", "", "b"}) == "a, , b");
    CHECK(joined(std::vector<std::string>{"a", "b"}, ",") == "a,b");
}
