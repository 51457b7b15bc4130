// The steps of a worker's life, each on one row, each repeatable after a kill in its middle.
// Thread: one at a time for one worker.
#pragma once

#include "control/bus/bus.h"
#include "control/workers/setting.h"

namespace control {

// creating → running, and the create is answered; or → removed, nothing left behind, and the answer
// says why.
[[nodiscard]] Result<void> create_worker(const WorkersSetting& setting, WorkerRow worker,
                                         std::stop_token stop);

// Looks at the runtime: a running worker that no longer runs has ended.
[[nodiscard]] Result<void> settle_worker(const WorkersSetting& setting, WorkerRow worker);

// Answers, in the name of a worker that has ended, every request it was given and did not answer
// itself. Returns how many.
[[nodiscard]] Result<int> answer_for_dead(const WorkersSetting& setting, Bus& bus,
                                          const WorkerRow& worker);

// Stops it, keeps the evidence in the log, removes instance, doors and directories; the delete is
// answered.
[[nodiscard]] Result<void> remove_worker(const WorkersSetting& setting, WorkerRow worker);

// Opens the doors of a worker again, after a restart of the daemon.
[[nodiscard]] Result<void> open_doors(const WorkersSetting& setting, const WorkerRow& worker);

}  // namespace control
