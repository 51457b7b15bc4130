#include "contracts/base/number.h"

#include <catch2/catch_test_macros.hpp>

using contracts::whole_number;

TEST_CASE("a number is the whole text and within its bounds") {
    CHECK(whole_number("0", 0) == 0);
    CHECK(whole_number("65535", 1, 65535) == 65535);
    CHECK(whole_number("ff", 0, 0xff, 16) == 255);
    CHECK(whole_number("-7", -10, 10) == -7);
    for (const char* text : {"", " 1", "1 ", "1x", "0x1", "+1", "-", "-0", "-1", "65536",
                             "9223372036854775808", "99999999999999999999"}) {
        INFO(text);
        CHECK(!whole_number(text, 0, 65535));
    }
    CHECK(!whole_number("0", 1));
}
