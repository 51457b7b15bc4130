// For a daemon that takes its workers along when it ends.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Stops and removes every worker there is a row of, one after the other. To be called when the role
// has stopped. Fails with the first that cannot be removed, after having tried all.
[[nodiscard]] Result<void> remove_all_workers(WorkersSetting setting);

}  // namespace control
