// Periodic tasks as everybody can see them: how the last run went, and when the next one is due.
// Only the scheduler that holds the lease writes here, but for a run that somebody asks for.
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
    std::optional<contracts::Timestamp> ended_at{};    // empty: it is under way, or was cut short
    std::string daemon;                                // that ran it last
    std::string outcome;  // one clause: "12 rows were deleted"; empty when it failed
    std::string error;    // why the last run failed; empty: it did not
    std::int64_t runs = 0;
    std::int64_t failures = 0;
};

namespace periodic_tasks {

// Makes the row, due at `first`; one that is there gets the interval, and is due no later than one
// interval from `now`.
[[nodiscard]] Result<void> declare(Queries& db, const std::string& name,
                                   std::chrono::milliseconds interval, contracts::Timestamp first,
                                   contracts::Timestamp now);
// By name.
[[nodiscard]] Result<std::vector<PeriodicTaskRow>> all(Queries& db);
[[nodiscard]] Result<std::optional<PeriodicTaskRow>> find(Queries& db, const std::string& name);
// Makes it due. No such task: `not_found`, field "name", with those that there are.
[[nodiscard]] Result<void> run_now(Queries& db, const std::string& name, contracts::Timestamp now);
// Everything that a run changes: `next_at` to `failures`.
[[nodiscard]] Result<void> update(Queries& db, const PeriodicTaskRow& task);

}  // namespace periodic_tasks
}  // namespace control
