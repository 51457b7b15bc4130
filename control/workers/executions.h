// The executions that the API shows: one row for each request a worker has worked on, written when
// it is over. The first to tell of a request is believed; a second delivery changes nothing.
#pragma once

#include "contracts/messages/worker.h"
#include "control/workers/setting.h"

namespace control {

// Of a `completed` or `failed` event that names its request; of any other event nothing.
[[nodiscard]] Result<void> record_run(const WorkersSetting& setting, const WorkerRow& worker,
                                      const contracts::WorkerLifecycleEvent& event);

// Of a request that died with its worker.
[[nodiscard]] Result<void> record_crash(const WorkersSetting& setting, const WorkerRow& worker,
                                        const std::string& request_id, const std::string& why);

}  // namespace control
