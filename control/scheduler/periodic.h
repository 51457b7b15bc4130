// A periodic task: a name, an interval, and one bounded run. The scheduler runs it on one daemon of
// many, keeps the result and the time of the next run as a row (store/periodic_tasks.h), and counts
// it in the metrics.
#pragma once

#include "control/store/leases.h"

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

namespace control {

// What a run that did not fail did.
struct PeriodicOutcome {
    std::string text;          // one clause: "12 rows were deleted"
    bool is_more_due = false;  // the next run follows at once, not after the interval
};

struct PeriodicTask {
    std::string name{};  // "retention"
    std::chrono::milliseconds interval{0};
    // What the interval is now, where it may change; not set: what it says.
    std::function<std::chrono::milliseconds()> live_interval{};
    // On the scheduler's thread. Transactions that only the leader may commit call `leases::check`
    // with the lease. Returns soon after a stop is asked for. A failure is logged and shown; the
    // next run comes after the interval all the same.
    std::function<Result<PeriodicOutcome>(const Lease& lease, const std::stop_token& stop)>
        run_once{};

    [[nodiscard]] std::chrono::milliseconds current_interval() const {
        return live_interval ? live_interval() : interval;
    }
};

}  // namespace control
