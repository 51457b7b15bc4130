// What changes while a worker lives without being a step of its life: whether it is frozen, how its
// last turn ended. Functions over Queries. Neither counts as a change of the row.
#pragma once

#include "control/store/workers.h"

namespace control {

// The word of the contract for where a worker stands.
[[nodiscard]] contracts::WorkerState state_of(const WorkerRow& worker);
// It ended because it was told to, or because nobody needed it: nothing went wrong.
[[nodiscard]] bool ended_as_wanted(EndCause cause);

namespace worker_life {

// In a transaction of its own. Empty: it is not frozen. Only a running worker can be; false: it no
// longer runs.
[[nodiscard]] Result<bool> set_paused(Database& database, const std::string& id,
                                      std::optional<contracts::Timestamp> since);
[[nodiscard]] Result<void> keep_receipt(Queries& db, const std::string& id,
                                        const contracts::Json& receipt);
// Absent: no turn of it has ended.
[[nodiscard]] Result<std::optional<contracts::Json>> receipt(Queries& db, const std::string& id);

}  // namespace worker_life
}  // namespace control
