// The executions that the API shows: one row for each request that a worker has worked on, written
// when it is over. The first report for a request is stored; a second delivery changes nothing.
#pragma once

#include "contracts/messages/worker.h"
#include "control/workers/setting.h"

namespace control {

// Handles a `completed` or `failed` event that names its request; ignores any other event.
[[nodiscard]] Result<void> record_run(const WorkersSetting& setting, const WorkerRow& worker,
                                      const contracts::WorkerLifecycleEvent& event);

// For a request whose worker died.
[[nodiscard]] Result<void> record_crash(const WorkersSetting& setting, const WorkerRow& worker,
                                        const std::string& request_id, const std::string& why);

}  // namespace control
