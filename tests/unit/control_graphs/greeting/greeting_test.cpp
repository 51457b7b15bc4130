// A graph that the role does not know runs in the same simulation as the engineering graph.
#include "tests/unit/control_graphs/greeting/greeting.h"
#include "tests/unit/control_graphs/simulation.h"

#include <algorithm>

namespace {

using contracts::Json;
using control::ThreadStatus;
using tests::Run;
using tests::Scenario;
using tests::SimulatedStore;

Scenario greeting_scenario() {
    Scenario scenario;
    scenario.module = [](tests::World& world) {
        return tests::greeting_module([&world](const Json& arguments) {
            return world.answer({{"word", arguments["language"] == "fr" ? "salut" : "hello"}});
        });
    };
    scenario.message = [](SimulatedStore&, const tests::StillClock&, const std::string& mark) {
        return Json{{"request_id", mark}, {"callback_stream", "answers"}, {"language", "fr"}};
    };
    return scenario;
}

std::int64_t answers_of(const Run& run) {
    return std::count_if(run.published.begin(), run.published.end(), [](const std::string& sent) {
        return sent.find(" answers ") != sent.npos;
    });
}

}  // namespace

TEST_CASE("a second graph of two nodes runs in the same simulation") {
    SimulatedStore store;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Run run = tests::simulate(store, greeting_scenario(), {.seed = seed});
        INFO("seed " << seed);
        CHECK(run.fault == "");
        CHECK(run.end == ThreadStatus::completed);
        CHECK(answers_of(run) == 1);
        CHECK(run.history.front() == "0 ask_for_word enter wait");
        CHECK(run.history.back().ends_with("tell enter done"));
    }
}

TEST_CASE("a second graph is killed at any one operation and answers once") {
    SimulatedStore store;
    for (const std::uint64_t seed : {1, 2, 3}) {
        const std::int64_t operations =
            tests::simulate(store, greeting_scenario(), {.seed = seed}).operations;
        for (std::int64_t at = 1; at <= operations; ++at)
            for (const bool after : {false, true}) {
                const Run run = tests::simulate(
                    store, greeting_scenario(),
                    {.seed = seed, .die_at = {at}, .die_after = after, .two_names = true});
                INFO("seed " << seed << ", killed at operation " << at);
                CHECK(run.fault == "");
                CHECK(run.end == ThreadStatus::completed);
                CHECK(answers_of(run) == 1);
            }
    }
}
