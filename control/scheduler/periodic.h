// A periodic task: a name, an interval, and one bounded run. The scheduler runs it on one of
// several daemons, stores the result and the time of the next run as a row
// (store/periodic_tasks.h), and counts it in the metrics.
#pragma once

#include "control/store/leases.h"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

namespace control {

// The result of a run that did not fail.
struct PeriodicOutcome {
    std::string text;          // one clause: "12 rows were deleted"
    bool is_more_due = false;  // the next run follows at once, not after the interval
};

struct PeriodicTask {
    std::string name{};  // "retention"
    std::chrono::milliseconds interval{0};
    // Returns the current interval, if it may change; not set: `interval`.
    std::function<std::chrono::milliseconds()> live_interval{};
    // Runs on the scheduler's thread. Transactions that only the leader may commit call
    // `leases::check` with the lease. Returns soon after a stop request. A failure is logged and
    // shown; the next run still follows after the interval.
    std::function<Result<PeriodicOutcome>(const Lease& lease, const std::stop_token& stop)>
        run_once{};

    [[nodiscard]] std::chrono::milliseconds current_interval() const {
        return live_interval ? live_interval() : interval;
    }
};

}  // namespace control
