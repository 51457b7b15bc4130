#include "contracts/base/clock.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

using namespace contracts;
using std::chrono::milliseconds;

TEST_CASE("a timestamp is written in UTC, with milliseconds only when there are some") {
    CHECK(format_timestamp(Timestamp(milliseconds(1'768'046'400'000))) == "2026-01-10T12:00:00Z");
    CHECK(format_timestamp(Timestamp(milliseconds(1'768'046'400'007))) ==
          "2026-01-10T12:00:00.007Z");
    CHECK(format_timestamp(Timestamp(milliseconds(0))) == "1970-01-01T00:00:00Z");
    CHECK(format_timestamp(Timestamp(milliseconds(-1))) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("what is written is read back") {
    std::mt19937_64 random(1);
    std::uniform_int_distribution<std::int64_t> any(-62'000'000'000'000, 250'000'000'000'000);
    for (int i = 0; i < 2000; ++i) {
        const Timestamp time{milliseconds(any(random))};
        REQUIRE(parse_timestamp(format_timestamp(time)) == time);
    }
}

TEST_CASE("other writings of one moment are taken") {
    const Timestamp moment{milliseconds(1'768'046'400'500)};
    for (const char* text :
         {"2026-01-10T12:00:00.5Z", "2026-01-10T12:00:00.500Z", "2026-01-10T12:00:00.500999Z",
          "2026-01-10T12:00:00.500", "2026-01-10 12:00:00.5", "2026-01-10t12:00:00,5z",
          "2026-01-10T14:30:00.5+02:30", "2026-01-10T14:30:00.5+0230",
          "2026-01-09T23:00:00.5-13:00"}) {
        INFO(text);
        CHECK(parse_timestamp(text) == moment);
    }
    CHECK(parse_timestamp("2024-02-29T00:00:00Z"));
}

TEST_CASE("what is no timestamp is none") {
    for (const char* text : {"",
                             "now",
                             "2026",
                             "2026-01-10",
                             "2026-01-10T12:00",
                             "2026-01-10T12:00:00X",
                             "2026-02-29T00:00:00Z",
                             "2026-00-10T12:00:00Z",
                             "2026-13-10T12:00:00Z",
                             "2026-01-32T12:00:00Z",
                             "2026-01-10T24:00:00Z",
                             "2026-01-10T12:60:00Z",
                             "2026-01-10T12:00:61Z",
                             "2026-01-10T12:00:00.Z",
                             "2026-01-10T12:00:00+25:00",
                             "2026-01-10T12:00:00+02",
                             "2026-01-10T12:00:00ZZ",
                             " 2026-01-10T12:00:00Z",
                             "2026-01-10T12:00:00Z ",
                             "+026-01-10T12:00:00Z",
                             "2026/01/10T12:00:00Z"}) {
        INFO(text);
        CHECK(!parse_timestamp(text));
    }
}

TEST_CASE("every truncation of a timestamp is read or refused, never misread as another day") {
    const std::string whole = "2026-01-10T12:00:00.123456+02:00";
    for (std::size_t size = 0; size < whole.size(); ++size)
        if (const auto time = parse_timestamp(whole.substr(0, size)))
            CHECK(format_timestamp(*time).starts_with("2026-01-10T12:00:00"));
}

TEST_CASE("a time that four digits of a year cannot tell is told as the nearest that they can") {
    const auto written = [](std::int64_t ms) {
        return format_timestamp(Timestamp(std::chrono::milliseconds(ms)));
    };
    CHECK(written(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
    for (const std::int64_t ms : {std::int64_t{253'402'300'800'000},
                                  std::int64_t{951'782'400'000'000},  // on the 29th of February
                                  std::numeric_limits<std::int64_t>::max()})
        CHECK(written(ms) == "9999-12-31T23:59:59.999Z");
    CHECK(written(std::numeric_limits<std::int64_t>::min()) == "0000-01-01T00:00:00Z");
}

TEST_CASE("an offset that leads out of the years that can be written is refused") {
    CHECK(!parse_timestamp("0000-01-01T00:00:00+00:01"));
    CHECK(!parse_timestamp("9999-12-31T23:59:59-00:01"));
    CHECK(!parse_timestamp("9999-12-31T23:59:60Z"));
    CHECK(parse_timestamp("0000-01-01T00:00:00Z"));
    CHECK(parse_timestamp("9999-12-31T23:59:59.999Z"));
}
