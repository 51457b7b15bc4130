// The steps of a worker's life, each on one row, each repeatable after a kill in its middle.
// Thread: one at a time for one worker.
#pragma once

#include "control/workers/setting.h"

namespace control {

// For lines about this worker: with the correlation id of the task it was made for.
[[nodiscard]] contracts::Log log_of(const WorkersSetting& setting, const WorkerRow& worker);

// Whether this daemon has it.
[[nodiscard]] inline bool is_ours(const WorkersSetting& setting, const WorkerRow& worker) {
    return worker.owner == setting.instance;
}
// Another daemon's worker is not touched: its runtime, directories and doors are not ours. One that
// waits for a place belongs to no daemon, and of one that is removed only the row is left.
[[nodiscard]] inline bool is_of_another(const WorkersSetting& setting, const WorkerRow& worker) {
    return worker.phase != WorkerPhase::queued && worker.phase != WorkerPhase::removed &&
           !is_ours(setting, worker);
}

// creating → running, and the create is answered; or → removed, nothing left behind, and the answer
// says why. Failure (the store, the bus, a directory that cannot be removed): the row is as it was;
// `conflict` when it was given up meanwhile.
[[nodiscard]] Result<void> create_worker(const WorkersSetting& setting, WorkerRow worker,
                                         const std::stop_token& stop);

// Looks at the runtime: a running worker that no longer runs has ended. What it owes is answered,
// its doors are closed; `worker` becomes what the row now is.
[[nodiscard]] Result<void> settle_worker(const WorkersSetting& setting, WorkerRow& worker);

// Ends a running worker at once. What it owes is answered as after any death; its remains stay
// until it is deleted.
[[nodiscard]] Result<void> kill_worker(const WorkersSetting& setting, WorkerRow& worker);

// Ends a running worker because of `why`: idle, hung or disk_full. One that has ended by itself
// keeps its own cause. The rest is as with kill_worker.
[[nodiscard]] Result<void> end_worker(const WorkersSetting& setting, WorkerRow& worker,
                                      EndCause why);

// Stops it, keeps the evidence in the log, removes instance, doors and directories; the delete, if
// there was one, is answered.
[[nodiscard]] Result<void> remove_worker(const WorkersSetting& setting, WorkerRow worker);

// Kills and removes what bears this worker's name: of a try that nobody was told of, nobody knows
// the instance.
[[nodiscard]] Result<void> remove_instances_of(const WorkersSetting& setting,
                                               const WorkerRow& worker);

// Opens the doors of a worker again, after a restart of the daemon.
[[nodiscard]] Result<void> open_doors(const WorkersSetting& setting, const WorkerRow& worker);

}  // namespace control
