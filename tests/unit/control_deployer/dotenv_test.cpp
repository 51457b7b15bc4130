#include "control/deployer/workflow/dotenv.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using control::deployer::dotenv_of;

TEST_CASE("no value of a .env is taken for more than its characters") {
    using Case = std::pair<const char*, const char*>;
    for (const auto& [value, written] : std::vector<Case>{{"plain-1.2/x:y@z", "plain-1.2/x:y@z"},
                                                          {"", "''"},
                                                          {"a b", "'a b'"},
                                                          {"a=b", "'a=b'"},
                                                          {"$HOME and ${X}", "'$HOME and ${X}'"},
                                                          {"say \"x\"", "'say \"x\"'"},
                                                          {"# no comment", "'# no comment'"},
                                                          {"two\nlines", "'two\nlines'"},
                                                          {"it's $5", "\"it's \\$5\""},
                                                          {"it's\nit", "\"it's\\nit\""},
                                                          {"back\\slash", "\"back\\\\slash\""},
                                                          {"grün", "'grün'"}}) {
        CAPTURE(value);
        CHECK(dotenv_of({{"A", value}}).value() == std::string("A=") + written + "\n");
    }
    CHECK(dotenv_of({{"B", "2"}, {"A", "1"}}).value() == "A=1\nB=2\n");
    CHECK(dotenv_of({{"A", std::string("\0", 1)}}).error().field == "A");
}
