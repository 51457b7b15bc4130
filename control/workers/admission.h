// Giving places to workers that wait: the next place goes to the user with the fewest workers, and
// to that user's oldest one (fair_order.h). They wait for any daemon that shares the store; one
// that has room makes them its own. The free places are counted and given in one transaction,
// because one may become free at any moment.
#pragma once

#include "control/workers/setting.h"

namespace control {

// queued → creating for as many as there is room for here; those that waited too long, or are to be
// deleted, → removed, and their requests are answered. Nothing is written while nobody waits.
[[nodiscard]] Result<void> admit_waiting(const WorkersSetting& setting);

}  // namespace control
