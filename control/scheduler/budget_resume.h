// Continues tasks that a cap has stopped once there is money again: the cap was raised or removed,
// or another day has begun.
#pragma once

#include "contracts/base/clock.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

namespace control {

// The periodic task "budget_resume". Retries the flow of each such task, once, if it is blocked.
// Borrows both.
[[nodiscard]] PeriodicTask budget_resume_task(Database& db, const contracts::Clock& clock,
                                              std::chrono::seconds interval);

}  // namespace control
