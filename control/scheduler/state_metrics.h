// What there is, for the metrics: flows, workers and tasks by their status, open incidents, effects
// that wait to be delivered. The leader counts the rows of the store; other daemons tell zero, so
// that a sum over all daemons is right.
#pragma once

#include "control/metrics/metrics.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

namespace control {

inline constexpr std::chrono::seconds kStateEvery{15};

// The periodic task "state_metrics"; its gauges are in `metrics` from now on. Borrows the database.
[[nodiscard]] PeriodicTask state_metrics_task(Database& db, Metrics& metrics);

}  // namespace control
