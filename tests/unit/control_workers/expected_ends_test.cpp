#include "control/workers/expected_ends.h"

#include <catch2/catch_test_macros.hpp>

using contracts::Instant;
using control::ExpectedEnds;
using namespace std::chrono_literals;

TEST_CASE("one that is said to end is looked at at once, then ever less often, then no more") {
    ExpectedEnds ends;
    const Instant begin{};
    ends.expect("w", begin);
    std::vector<Instant::duration> looks;
    while (const auto next = ends.next()) {
        if (!ends.take_due(*next).empty()) looks.push_back(*next - begin);
        REQUIRE(looks.size() < 1000);
    }
    REQUIRE(looks.size() > 6);
    CHECK(looks[0] == 0ms);
    CHECK(looks[1] == 10ms);
    CHECK(looks[2] == 30ms);
    CHECK(looks.back() - looks[looks.size() - 2] == ExpectedEnds::kLongestPause);
    CHECK(looks.back() >= ExpectedEnds::kExpectEnd);
}

TEST_CASE("nobody is looked at before the time") {
    ExpectedEnds ends;
    const Instant begin{};
    ends.expect("w", begin);
    CHECK(ends.take_due(begin) == std::vector<std::string>{"w"});
    CHECK(ends.take_due(begin + 9ms).empty());
    ends.expect("v", begin + 9ms);
    CHECK(ends.next() == begin + 9ms);
    CHECK(ends.take_due(begin + 10ms) == std::vector<std::string>{"v", "w"});
}

TEST_CASE("what is said again after a look is not forgotten by it") {
    ExpectedEnds ends;
    const Instant begin{};
    ends.expect("w", begin);
    ends.expect("w", begin + 1ms);
    ends.forget("w", begin);
    CHECK(ends.next().has_value());
    ends.forget("w", begin + 1ms);
    CHECK_FALSE(ends.next().has_value());
    ends.forget("never said", begin);
}
