#include "control/messenger/terminal/screen.h"

#include <catch2/catch_test_macros.hpp>

namespace control {

TEST_CASE("no text steers the terminal") {
    CHECK(printable("plain\ttext\nand more é🚀") == "plain\ttext\nand more é🚀");
    CHECK(printable("\x1b[2Jgone") == "\xef\xbf\xbd[2Jgone");
    CHECK(printable("a\rb\x07\x7f") ==
          "a\xef\xbf\xbd"
          "b\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(printable("\xc2\x9b"
                    "2J") ==
          "\xef\xbf\xbd"
          "2J");
    CHECK(printable("\xc2\xa9") == "\xc2\xa9");
    CHECK(printable("\xc2") == "\xc2");
}

TEST_CASE("a line of progress fits its row") {
    CHECK(fitting("abc", 3) == "abc");
    CHECK(fitting("abcd", 3) == "ab…");
    CHECK(fitting("äöü", 3) == "äöü");
    CHECK(fitting("äöüß", 3) == "äö…");
    CHECK(fitting("", 3).empty());
    CHECK(fitting("ab", 1) == "…");
}

}  // namespace control
