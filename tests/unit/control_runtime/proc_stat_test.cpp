#include "control/runtime/process/proc_stat.h"

#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

using control::process::parse_proc_stat;
using control::process::proc_stat;

TEST_CASE("the line of a process is read behind its name, whatever the name holds") {
    const std::string rest = " 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 5";
    for (const std::string name : {"sh", "a b", ") Z 1 (", "\n)"}) {
        const auto stat = parse_proc_stat("12 (" + name + ") S 7" + rest);
        REQUIRE(stat);
        CHECK(stat->state == 'S');
        CHECK(stat->parent == 7);
        CHECK(stat->start_time == 4711);
        CHECK_FALSE(stat->is_dead());
    }
    CHECK(parse_proc_stat("12 (sh) Z 7" + rest)->is_dead());
}

TEST_CASE("a line that is cut short is not a process") {
    for (const char* text :
         {"", "12 (sh", "12 (sh)", "12 (sh) ", "12 (sh) S", "12 (sh) S x 1", "12 (sh) S 7 1 2 3"})
        CHECK_FALSE(parse_proc_stat(text));
}

TEST_CASE("a living process has a parent and a start; a number without one has nothing") {
    const auto self = proc_stat(::getpid());
    REQUIRE(self);
    CHECK(self->parent == ::getppid());
    CHECK(self->start_time > 0);
    CHECK_FALSE(proc_stat(0x7ffffff0));
}
