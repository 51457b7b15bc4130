// A graph under a virtual clock in a World, with the process killed before or after any of its
// operations on the store and the bus. Nothing here knows a graph: a Scenario brings its module and
// the message that opens its thread. A failing seed replays: its number is in the report.
#pragma once

#include "control/graphs/intake/intake.h"
#include "tests/unit/control_graphs/world.h"

#include <optional>

namespace tests {

// In memory where there is such a file system: a process dies here, never the machine.
struct SimulatedStore {
    TemporaryDirectory directory;
    std::unique_ptr<control::Database> db;

    SimulatedStore();
    [[nodiscard]] std::int64_t count(const std::string& table_and_condition);
    // A queued task with a project; `mark` makes the ids of both.
    contracts::Task make_task(contracts::TaskType type, const StillClock& clock,
                              const std::string& mark);
};

struct Scenario {
    // The module under test, whose calls this world answers.
    std::function<control::graphs::Module(World&)> module;
    // The message that opens its thread, for the module's opening stream; it makes what it needs in
    // the store. `mark` is the seed's own.
    std::function<contracts::Json(SimulatedStore&, const StillClock&, const std::string& mark)>
        message;
    // What else must hold at the end, in words; empty: it does.
    std::function<std::string(SimulatedStore&, const control::Thread&)> fault{};
};

struct Fate {
    std::uint64_t seed = 1;
    std::set<std::int64_t> die_at{};  // numbers of operations
    bool die_after = false;           // the operation that kills is done first
    bool two_names = false;           // another daemon takes over now and then
    std::string thread{};             // the thread's id; empty: the engine makes one
};

struct Run {
    control::ThreadStatus end = control::ThreadStatus::running;
    std::int64_t operations = 0;
    std::string fault;
    int restarts = 0;
    std::vector<std::string> history;    // "<step> <node> <event> <outcome>"
    std::vector<std::string> published;  // see World
};

[[nodiscard]] Run simulate(SimulatedStore& store, const Scenario& scenario, Fate fate);

}  // namespace tests
