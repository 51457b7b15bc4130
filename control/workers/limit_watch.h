// Limits that no runtime holds: a worker's PID 1 gives a sign of life, and its files stay within
// their limit. A worker that breaks one is ended, with the cause. When it measures the files it
// also writes back a lent login that the agent has refreshed.
//
// A missing heartbeat counts from when this daemon first missed it, on the steady clock, and only
// while Redis answers; a frozen worker gives none and is not watched. Files that are deleted but
// still open are not counted. Thread: its own.
#pragma once

#include "control/bus/bus.h"
#include "control/jobs/loop.h"
#include "control/workers/setting.h"
#include "control/workers/verdicts.h"

#include <map>

namespace control {

class LimitWatch {
public:
    // Borrows `setting`.
    LimitWatch(const WorkersSetting& setting, EndSoon end_soon);

    void start() { loop_.start(); }
    void stop();
    [[nodiscard]] Result<void> health() const { return loop_.health(); }

private:
    struct Watched {
        std::optional<contracts::Instant> missed_since{};
        int misses = 0;
        contracts::Instant measure_at{};
    };

    [[nodiscard]] Result<std::chrono::milliseconds> pass(const std::stop_token& stop);
    [[nodiscard]] Result<void> feel_pulses(const std::vector<WorkerRow>& workers);
    void measure(const WorkerRow& worker);

    const WorkersSetting& setting_;
    EndSoon end_soon_;
    Bus bus_;
    std::map<std::string, Watched> watched_;
    Wake wake_;
    Loop loop_;
};

}  // namespace control
