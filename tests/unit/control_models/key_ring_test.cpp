#include "control/models/key_ring.h"

#include <catch2/catch_test_macros.hpp>

using namespace control;
using namespace std::chrono_literals;

namespace {

class HeldClock final : public contracts::Clock {
public:
    contracts::Timestamp now() const override { return wall; }
    contracts::Instant instant() const override { return steady; }
    contracts::Timestamp wall{1'768'046'400'000ms};
    contracts::Instant steady{1h};
};

}  // namespace

TEST_CASE("a key that was turned away rests for all, and the next one is used") {
    HeldClock clock;
    KeyRing ring({{"http://a", "1"}, {"http://b", "2"}, {"", "3"}, {"http://c", ""}}, clock);
    REQUIRE(ring.size() == 2);
    CHECK(ring.pick(0) == 0);
    CHECK(ring.pick(1) == 1);
    CHECK(ring.pick(3) == std::nullopt);
    ring.rest(0, 30s);
    CHECK(ring.pick(0) == 1);
    ring.rest(1, 10s);
    CHECK(ring.pick(0) == std::nullopt);
    CHECK(ring.rests() == 10s);
    ring.rest(1, 1s);  // a shorter rest does not end a longer one
    clock.steady += 9s;
    CHECK(ring.pick(0) == std::nullopt);
    clock.steady += 1s;
    CHECK(ring.pick(0) == 1);
    clock.wall -= 24h;  // changes of the wall clock have no effect
    CHECK(ring.pick(0) == 1);
    ring.rest(0, std::chrono::hours(1'000'000));
    clock.steady += kLongestRest;
    CHECK(ring.pick(0) == 0);
}

TEST_CASE("Retry-After is seconds or a date") {
    const contracts::Timestamp now{1'768'046'400'000ms};  // 2026-01-10T12:00:00Z
    CHECK(read_retry_after("7", now) == 7s);
    CHECK(read_retry_after(" 7 ", now) == 7s);
    CHECK(read_retry_after("Sat, 10 Jan 2026 12:00:30 GMT", now) == 30s);
    CHECK(read_retry_after("Sat, 10 Jan 2026 11:00:00 GMT", now) == 0s);
    for (const char* other : {"", "soon", "-1", "1.5", "99999999999999999999", "7 seconds"})
        CHECK_FALSE(read_retry_after(other, now));
}
