#include "control/jobs/loop.h"

#include "tests/support/eventually.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using tests::eventually;
using namespace std::chrono_literals;

namespace {

contracts::Log silent() {
    return contracts::Log(std::make_shared<contracts::DescriptorSink>(-1),
                          contracts::LogLevel::error, contracts::LogFormat::json, "test");
}

}  // namespace

TEST_CASE("a loop goes round at once while there is more to do, rests, and is woken") {
    std::atomic<int> passes = 0;
    Wake wake;
    Loop loop(
        "test",
        [&]() -> Result<std::chrono::milliseconds> {
            return ++passes < 3 ? 0ms : std::chrono::milliseconds(1h);
        },
        wake, silent());
    loop.start();
    eventually("three passes", [&] { return passes == 3; });
    wake.notify();
    eventually("the fourth pass", [&] { return passes == 4; });
    loop.stop();
    loop.stop();
    CHECK(passes == 4);
}

TEST_CASE("a loop that was never started can be stopped") {
    Wake wake;
    Loop loop("test", []() -> Result<std::chrono::milliseconds> { return 1h; }, wake, silent());
    loop.request_stop();
    loop.stop();
}

TEST_CASE("a loop is unwell from a failed pass on, until one succeeds") {
    std::atomic<bool> works = false;
    std::atomic<int> passes = 0;
    Wake wake;
    Loop loop(
        "test",
        [&]() -> Result<std::chrono::milliseconds> {
            ++passes;
            if (!works) return fail(ErrorKind::transient, "away");
            return 1h;
        },
        wake, silent());
    CHECK(loop.health());
    loop.start();
    eventually("the failure is seen", [&] { return !loop.health(); });
    CHECK(loop.health().error().message == "away");
    eventually("it is tried again", [&] { return passes > 1; });
    works = true;
    eventually("it is well again", [&] { return loop.health().has_value(); });
}

TEST_CASE("a pass that waits for itself is asked to stop, and says when it works again") {
    std::atomic<int> passes = 0;
    Wake wake;
    Loop* self = nullptr;
    Loop loop(
        "test",
        [&](const std::stop_token& stop) -> Result<std::chrono::milliseconds> {
            if (++passes == 1) return fail(ErrorKind::transient, "broken");
            self->report_working();
            Wake never;
            never.wait(1h, stop);
            return 0ms;
        },
        wake, silent());
    self = &loop;
    loop.start();
    eventually("the second pass works", [&] { return passes == 2 && loop.health().has_value(); });
    loop.stop();
    CHECK(passes == 2);
}

}  // namespace control
