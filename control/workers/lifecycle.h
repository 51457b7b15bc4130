// The steps of a worker's life, each on one row, each safe to repeat after a kill in its middle.
// Thread: one at a time per worker.
#pragma once

#include "control/workers/setting.h"

namespace control {

// For log lines about this worker: with the correlation id of its task.
[[nodiscard]] contracts::Log log_of(const WorkersSetting& setting, const WorkerRow& worker);

// Whether this daemon runs it.
[[nodiscard]] inline bool is_ours(const WorkersSetting& setting, const WorkerRow& worker) {
    return worker.owner == setting.instance;
}
// Another daemon's worker is not touched: its runtime, directories and doors are not ours. A worker
// that waits for a place belongs to no daemon, and of a removed one only the row is left.
[[nodiscard]] inline bool is_of_another(const WorkersSetting& setting, const WorkerRow& worker) {
    return worker.phase != WorkerPhase::queued && worker.phase != WorkerPhase::removed &&
           !is_ours(setting, worker);
}

// creating → running, and the create is answered; or → removed, nothing left behind, and the answer
// contains the reason. Failure (the store, the bus, a directory that cannot be removed): the row is
// unchanged; `conflict` if another daemon has taken it over.
[[nodiscard]] Result<void> create_worker(const WorkersSetting& setting, WorkerRow worker,
                                         const std::stop_token& stop);

// Reads the runtime: a running worker that no longer runs has ended. Its open requests are
// answered, its doors are closed; `worker` becomes the row's new content.
[[nodiscard]] Result<void> settle_worker(const WorkersSetting& setting, WorkerRow& worker);

// Ends a running worker at once. Its open requests are answered as after any death; its remains
// stay until it is deleted.
[[nodiscard]] Result<void> kill_worker(const WorkersSetting& setting, WorkerRow& worker);

// Ends a running worker because of `why`: idle, hung or disk_full. A worker that has ended by
// itself keeps its own cause. Otherwise as kill_worker.
[[nodiscard]] Result<void> end_worker(const WorkersSetting& setting, WorkerRow& worker,
                                      EndCause why);

// Stops it, logs the end of its output, removes instance, doors and directories; the delete, if
// there was one, is answered.
[[nodiscard]] Result<void> remove_worker(const WorkersSetting& setting, WorkerRow worker);

// Kills and removes instances with this worker's name: after a launch whose answer was lost, the
// instance's id is unknown.
[[nodiscard]] Result<void> remove_instances_of(const WorkersSetting& setting,
                                               const WorkerRow& worker);

// Opens the worker's doors again, after a restart of the daemon.
[[nodiscard]] Result<void> open_doors(const WorkersSetting& setting, const WorkerRow& worker);

}  // namespace control
