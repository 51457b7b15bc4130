// How much one worker may use: what its configuration asks for, within what this daemon grants, and
// otherwise what every worker gets. Thread: any.
#pragma once

#include "control/workers/setting.h"

namespace control {

// Fails with `invalid`, the field and the most that may be asked for.
[[nodiscard]] Result<void> check_limits(const WorkersSetting& setting,
                                        const contracts::ResourceLimits& asked);

// Never more than the daemon grants now, also for a worker that it granted more before it was
// restarted. One whose last try ran out of memory may have more than its configuration says.
[[nodiscard]] WorkerLimits limits_of(const WorkersSetting& setting, const WorkerRow& worker);

}  // namespace control
