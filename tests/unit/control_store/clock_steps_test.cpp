#include "control/store/clock_steps.h"

#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

using namespace control;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

class TwoClocks final : public contracts::Clock {
public:
    contracts::Timestamp now() const override { return contracts::Timestamp(wall); }
    contracts::Instant instant() const override { return contracts::Instant(steady); }
    void pass(milliseconds time) {
        wall += time;
        steady += time;
    }
    milliseconds wall = 1'800'000'000s;
    milliseconds steady = 1h;
};

struct Times {
    tests::TemporaryDirectory directory;
    std::unique_ptr<Database> db = *open_sqlite(directory / "store.db");
    TwoClocks clock;
    std::vector<milliseconds> steps;

    void settle(ClockSteps& of) {
        const Result<void> done = of.settle(*db, [&](Transaction&, milliseconds step) {
            steps.push_back(step);
            return Result<void>();
        });
        CHECK(done);
    }
};

using Steps = std::vector<milliseconds>;

}  // namespace

TEST_CASE(
    "a step of the wall clock is told once, in either direction, and time that passes is none") {
    Times times;
    ClockSteps clock(times.clock, "workers", "boot-1");
    times.settle(clock);
    times.clock.pass(10h);
    times.settle(clock);
    CHECK(times.steps.empty());
    times.clock.wall += 36min;
    times.settle(clock);
    times.settle(clock);
    CHECK(times.steps == Steps{36min});
    times.clock.wall -= 72min;
    times.clock.pass(5min);
    times.settle(clock);
    CHECK(times.steps == Steps{36min, -72min});
    times.clock.wall += 1900ms;
    times.settle(clock);
    CHECK(times.steps.size() == 2);
    times.clock.wall += 1900ms;  // small ones add up
    times.settle(clock);
    CHECK(times.steps == Steps{36min, -72min, 3800ms});
}

TEST_CASE("as a clock it steps when the times have been moved, and not before") {
    Times times;
    ClockSteps clock(times.clock, "workers", "boot-1");
    CHECK(clock.now() == times.clock.now());
    times.settle(clock);
    times.clock.wall += 36min;
    times.clock.pass(1s);
    CHECK(times.clock.now() - clock.now() == 36min);
    CHECK(clock.instant() == times.clock.instant());
    times.settle(clock);
    CHECK(clock.now() == times.clock.now());
}

TEST_CASE("a step between two lives is told to the next one, but not across a boot") {
    Times times;
    {
        ClockSteps first(times.clock, "workers", "boot-1");
        times.settle(first);
    }
    times.clock.wall += 36min;
    ClockSteps second(times.clock, "workers", "boot-1");
    times.settle(second);
    CHECK(times.steps == Steps{36min});
    ClockSteps again(times.clock, "workers", "boot-1");
    times.settle(again);
    ClockSteps others(times.clock, "threads", "boot-1");
    times.settle(others);
    CHECK(times.steps.size() == 1);

    times.clock.steady = 1min;
    ClockSteps booted(times.clock, "workers", "boot-2");
    times.settle(booted);
    ClockSteps nameless(times.clock, "workers", "");
    times.settle(nameless);
    CHECK(times.steps.size() == 1);
    CHECK_FALSE(ClockSteps::this_boot().empty());
}

TEST_CASE("a step whose times could not be moved is told again") {
    Times times;
    ClockSteps clock(times.clock, "workers", "boot-1");
    times.settle(clock);
    times.clock.wall += 1h;
    const Result<void> failed = clock.settle(*times.db, [](Transaction&, milliseconds) {
        return Result<void>(contracts::fail(contracts::ErrorKind::transient, "busy"));
    });
    CHECK_FALSE(failed);
    times.settle(clock);
    CHECK(times.steps == Steps{1h});
}
