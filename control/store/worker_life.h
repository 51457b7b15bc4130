// State of a running worker apart from its phase: whether it is frozen, how its last turn ended.
// Functions over Queries. Neither counts as a change of the row.
#pragma once

#include "control/store/workers.h"

namespace control {

// The contract's word for the worker's state.
[[nodiscard]] contracts::WorkerState state_of(const WorkerRow& worker);
// It ended because it was told to, or because it was not needed any more: not a failure.
[[nodiscard]] bool ended_as_wanted(EndCause cause);

namespace worker_life {

// Has a transaction of its own. An empty time: it is not frozen. Only a running worker can be
// frozen; false: it is not running any more.
[[nodiscard]] Result<bool> set_paused(Database& database, const std::string& id,
                                      std::optional<contracts::Timestamp> since);
[[nodiscard]] Result<void> keep_receipt(Queries& db, const std::string& id,
                                        const contracts::Json& receipt);
// Absent: it has not completed a turn.
[[nodiscard]] Result<std::optional<contracts::Json>> receipt(Queries& db, const std::string& id);

}  // namespace worker_life
}  // namespace control
