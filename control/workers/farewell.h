// For a daemon whose workers end with it.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Stops and removes every worker with a row, one after the other. Call it after the role has
// stopped. Fails with the first worker that cannot be removed, after trying all.
[[nodiscard]] Result<void> remove_all_workers(WorkersSetting setting);

}  // namespace control
