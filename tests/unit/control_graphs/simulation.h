// Runs a graph under a virtual clock in a World, and kills the process before or after any of its
// operations on store and bus. A Scenario brings the graph's module and the message that opens its
// thread. The number of a failing seed is reported; the seed can be replayed.
#pragma once

#include "control/graphs/intake/intake.h"
#include "tests/unit/control_graphs/world.h"

#include <optional>

namespace tests {

// In memory if there is such a file system: only a process dies here, never the machine.
struct SimulatedStore {
    TemporaryDirectory directory;
    std::unique_ptr<control::Database> db;

    SimulatedStore();
    [[nodiscard]] std::int64_t count(const std::string& table_and_condition);
    // Creates a project with a queued task; `mark` is part of both ids.
    contracts::Task make_task(contracts::TaskType type, const StillClock& clock,
                              const std::string& mark);
};

struct Scenario {
    // The module under test; the world answers its calls.
    std::function<control::graphs::Module(World&)> module;
    // Returns the message that opens the thread, for the module's opening stream, and creates the
    // rows that it needs. `mark` is unique to the seed.
    std::function<contracts::Json(SimulatedStore&, const StillClock&, const std::string& mark)>
        message;
    // Checks further conditions at the end; returns a description of what fails, or nothing.
    std::function<std::string(SimulatedStore&, const control::Thread&)> fault{};
};

struct Fate {
    std::uint64_t seed = 1;
    std::set<std::int64_t> die_at{};  // the numbers of the operations at which the process dies
    bool die_after = false;           // the fatal operation is carried out first
    bool two_names = false;           // another daemon takes over from time to time
    std::string thread{};             // the thread's id; empty: the engine makes one
};

struct Run {
    control::ThreadStatus end = control::ThreadStatus::running;
    std::int64_t operations = 0;
    std::string fault;
    int restarts = 0;
    std::vector<std::string> history;    // "<step> <node> <event> <outcome>"
    std::vector<std::string> published;  // see World for its meaning
};

[[nodiscard]] Run simulate(SimulatedStore& store, const Scenario& scenario, Fate fate);

}  // namespace tests
