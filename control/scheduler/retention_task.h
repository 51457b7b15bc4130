// The periodic task that erases old rows, in bounded passes (store/retention.h).
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/scheduler/periodic.h"
#include "control/store/retention.h"

namespace control {

// `keep` is called before each pass. Borrows the database and the clock.
[[nodiscard]] PeriodicTask retention_task(Database& db, const contracts::Clock& clock,
                                          contracts::Log log, std::function<Retention()> keep,
                                          std::chrono::milliseconds interval);

}  // namespace control
