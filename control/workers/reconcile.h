// Compares all workers in the four views, and applies a rule of the table to one of them.
#pragma once

#include "control/workers/reconcile_rules.h"
#include "control/workers/setting.h"

#include <optional>

namespace control {

// The sources of the views. Borrowed.
struct Sight {
    Database& database;
    Runtime& runtime;
    std::string directory;                       // has one directory per worker
    std::optional<contracts::RedisAddress> bus;  // absent: the bus is not read
    std::string owner;                           // this daemon; other daemons' workers are left out
    const contracts::Clock& clock;
};
[[nodiscard]] Sight sight_of(const WorkersSetting& setting);

struct SeenWorker {
    std::string id;
    WorkerViews views;
    std::optional<WorkerRow> row;
    std::string instance_id;  // the runtime's id; empty if it has none
    const ReconcileRule* rule = nullptr;
};

// All of this daemon's workers, by their ids. The runtime is read first and the store last, so that
// a worker that is being created is not mistaken for one without a row. Failure: the runtime's or
// the store's; a bus that does not answer is `unknown`.
[[nodiscard]] Result<std::vector<SeenWorker>> see_workers(const Sight& sight);

// Applies the part of the rule that needs neither the bus nor a gate; looks again before it changes
// anything. Returns a description of what was done; empty: nothing had to be done, or not yet.
// `settle` and `end_instance` are left to the manager, and `ask_person` to a person.
[[nodiscard]] Result<std::string> mend(const Sight& sight, const SeenWorker& worker);

// How long directories without a worker are kept after their last change.
inline constexpr std::chrono::hours kKeepDirectories{24};

}  // namespace control
