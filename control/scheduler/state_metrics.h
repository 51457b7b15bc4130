// Totals for the metrics: flows, workers and tasks by status, open incidents, effects that wait to
// be delivered. The leader counts the rows of the store; other daemons report zero, so that a sum
// over all daemons is right.
#pragma once

#include "control/metrics/metrics.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

namespace control {

// The periodic task "state_metrics"; it adds its gauges to `metrics`. Borrows the database.
[[nodiscard]] PeriodicTask state_metrics_task(Database& db, Metrics& metrics,
                                              std::chrono::seconds interval);

}  // namespace control
