// Periodic tasks as everybody can see them: the result of the last run and the time of the next
// one. Only the scheduler that holds the lease writes here, except for a request to run one now.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <chrono>

namespace control {

struct PeriodicTaskRow {
    std::string name;
    std::chrono::milliseconds interval{0};
    contracts::Timestamp next_at{};
    std::optional<contracts::Timestamp> started_at{};  // of the last run
    std::optional<contracts::Timestamp> ended_at{};    // empty: it is running, or was interrupted
    std::string daemon;                                // the daemon that ran it last
    std::string outcome;  // one clause: "12 rows were deleted"; empty if it failed
    std::string error;    // why the last run failed; empty: it did not fail
    std::int64_t runs = 0;
    std::int64_t failures = 0;
};

namespace periodic_tasks {

// Creates the row, due at `first`; an existing row gets the interval, and is due no later than one
// interval from `now`.
[[nodiscard]] Result<void> declare(Queries& db, const std::string& name,
                                   std::chrono::milliseconds interval, contracts::Timestamp first,
                                   contracts::Timestamp now);
// In the order of their names.
[[nodiscard]] Result<std::vector<PeriodicTaskRow>> all(Queries& db);
[[nodiscard]] Result<std::optional<PeriodicTaskRow>> find(Queries& db, const std::string& name);
// Makes it due. No such task: `not_found`, field "name"; the message lists the existing ones.
[[nodiscard]] Result<void> run_now(Queries& db, const std::string& name, contracts::Timestamp now);
// Everything that a run changes: `next_at` to `failures`.
[[nodiscard]] Result<void> update(Queries& db, const PeriodicTaskRow& task);

}  // namespace periodic_tasks
}  // namespace control
