// Looks at all workers in the four views, and applies a rule of the table to one of them.
#pragma once

#include "control/workers/reconcile_rules.h"
#include "control/workers/setting.h"

#include <optional>

namespace control {

// Where the views come from. Borrowed.
struct Sight {
    Database& database;
    Runtime& runtime;
    std::string directory;                       // one directory a worker below it
    std::optional<contracts::RedisAddress> bus;  // absent: the bus is not looked at
    std::string owner;                           // this daemon; other daemons' workers are left out
    const contracts::Clock& clock;
};
[[nodiscard]] Sight sight_of(const WorkersSetting& setting);

struct SeenWorker {
    std::string id;
    WorkerViews views;
    std::optional<WorkerRow> row;
    std::string instance_id;  // the runtime's; empty: it has none
    const ReconcileRule* rule = nullptr;
};

// All of this daemon's, by their ids. The runtime is asked first and the store last, so that what
// is being made meanwhile is not taken for something without a row. Failure: the runtime's or the
// store's; a bus that does not answer is `unknown`.
[[nodiscard]] Result<std::vector<SeenWorker>> see_workers(const Sight& sight);

// What of it needs neither the bus nor a gate; looks again before it touches anything. Returns what
// was done, in words; empty: nothing was to be done any more, or is not done yet. `settle` and
// `end_instance` are the manager's, and `ask_person` is a person's: nothing is done.
[[nodiscard]] Result<std::string> mend(const Sight& sight, const SeenWorker& worker);

// How long directories that nobody has are kept after their last change.
inline constexpr std::chrono::hours kKeepDirectories{24};

}  // namespace control
