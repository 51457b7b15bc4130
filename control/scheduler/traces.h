// Traces of what the platform has done, sent to an OTLP collector: from a chat message through the
// flows that it started, their nodes, workers and turns, to the deployment. They are derived from
// rows that the store has in any case, so work records nothing for them and never waits for the
// collector, and a daemon that dies loses none.
//
// Everything that one message caused belongs to one trace: that of its `traceparent`, or one
// derived from its correlation id. While the collector is unavailable, spans stay in the store for
// kTracesWait; then they are dropped and counted.
#pragma once

#include "contracts/base/log.h"
#include "control/metrics/metrics.h"
#include "control/scheduler/otlp.h"
#include "control/scheduler/periodic.h"

namespace control {

inline constexpr std::chrono::minutes kTracesWait{60};
// After a failure the collector is left alone for this long: the scheduler's other tasks use the
// same thread.
inline constexpr std::chrono::seconds kTracesRest{60};

struct TraceNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Metrics& metrics;
    // Sends a request to the collector. After a retryable failure the spans are sent again; after
    // any other they are dropped.
    std::function<Result<void>(std::string body)> send;
};

// The periodic task "traces". It borrows database, clock and metrics. Nothing that ended before its
// first run is sent.
[[nodiscard]] PeriodicTask traces_task(TraceNeeds needs, std::chrono::seconds interval);

}  // namespace control
