// Engine, outbox and engineering graph, with the process killed at any operation.
#include "tests/unit/control_graphs/engineering_scenario.h"

namespace {

using control::ThreadStatus;
using tests::engineering_scenario;
using tests::Run;
using tests::simulate;
using tests::SimulatedStore;

}  // namespace

TEST_CASE("without a fault the simulated road ends, and most often well") {
    SimulatedStore store;
    int completed = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Run run = simulate(store, engineering_scenario(), {.seed = seed});
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.restarts == 0);
        completed += run.end == ThreadStatus::completed ? 1 : 0;
    }
    CHECK(completed > 20);
    CHECK(completed < 40);
}

TEST_CASE("killed at any one operation nothing is lost and nothing is done twice") {
    SimulatedStore store;
    const std::uint64_t seed = 7;
    const std::int64_t operations =
        simulate(store, engineering_scenario(), {.seed = seed}).operations;
    REQUIRE(operations > 30);
    for (std::int64_t at = 1; at <= operations; ++at)
        for (const bool after : {false, true}) {
            const Run run = simulate(store, engineering_scenario(),
                                     {.seed = seed, .die_at = {at}, .die_after = after});
            INFO("seed " << seed << ", killed " << (after ? "after" : "before") << " operation "
                         << at);
            CHECK(run.fault == "");
            CHECK(run.restarts == 1);
        }
}

TEST_CASE("killed again and again at random, under one name or two, in 200 worlds") {
    SimulatedStore store;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        std::mt19937_64 random(seed * 977);
        std::set<std::int64_t> die_at;
        for (std::int64_t at = 0; at < 4000;)
            die_at.insert(at += 1 + static_cast<std::int64_t>(random() % 20));
        const Run run = simulate(store, engineering_scenario(),
                                 {.seed = seed,
                                  .die_at = die_at,
                                  .die_after = seed % 2 == 0,
                                  .two_names = seed % 3 == 0});
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.restarts > 0);
    }
}
