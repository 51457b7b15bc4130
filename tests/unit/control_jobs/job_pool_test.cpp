#include "control/jobs/job_pool.h"

#include "tests/support/eventually.h"

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <future>

using control::JobPool;
using tests::eventually;

TEST_CASE("a key has one job at a time, and may have the next when that is done") {
    JobPool pool(4);
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    std::atomic<int> done = 0;
    REQUIRE(pool.submit("a", [&](const std::stop_token&) { gone.wait(), ++done; }));
    CHECK_FALSE(pool.submit("a", [&](const std::stop_token&) { ++done; }));
    CHECK(pool.submit("b", [&](const std::stop_token&) { ++done; }));
    eventually("the other key's job", [&] { return done == 1; });
    go.set_value();
    eventually("the second job is taken",
               [&] { return pool.submit("a", [&](const std::stop_token&) { ++done; }); });
    eventually("the second job ran", [&] { return done == 3; });
}

TEST_CASE("no more jobs run at once than there are threads, in the order they came") {
    JobPool pool(2);
    std::promise<void> go;
    std::shared_future<void> gone = go.get_future().share();
    std::atomic<int> running = 0, most = 0, done = 0;
    for (int i = 0; i < 20; ++i)
        REQUIRE(pool.submit(std::to_string(i), [&](const std::stop_token&) {
            const int now = ++running;
            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
            }
            gone.wait();
            --running;
            ++done;
        }));
    eventually("both threads work", [&] { return running == 2; });
    go.set_value();
    eventually("all jobs ran", [&] { return done == 20; });
    CHECK(most == 2);
}

TEST_CASE("stopping asks the job that runs, waits for it, and drops those that wait") {
    std::atomic<bool> asked = false, began = false, second = false;
    auto held = std::make_shared<int>(1);
    JobPool pool(1);
    REQUIRE(pool.submit("a", [&](const std::stop_token& stop) {
        began = true;
        eventually("a stop", [&] { return stop.stop_requested(); });
        asked = true;
    }));
    REQUIRE(pool.submit("b", [&, held](const std::stop_token&) { second = true; }));
    eventually("the job began", [&] { return began.load(); });
    pool.stop();
    CHECK(asked);
    CHECK_FALSE(second);
    CHECK(held.use_count() == 1);
    CHECK_FALSE(pool.submit("c", [](const std::stop_token&) {}));
}

TEST_CASE("what a job holds is gone before its key is free") {
    JobPool pool(1);
    auto held = std::make_shared<int>(1);
    REQUIRE(pool.submit("a", [copy = held](const std::stop_token&) {}));
    eventually("the key is free", [&] { return pool.submit("a", [](const std::stop_token&) {}); });
    CHECK(held.use_count() == 1);
}
