// How often periodic tasks run, and where traces go.
#pragma once

#include "contracts/base/environment.h"

#include <chrono>

namespace control {

struct SchedulerSettings {
    std::chrono::seconds retention_every{600};          // RETENTION_INTERVAL
    std::chrono::seconds deployment_health_every{120};  // DEPLOYMENT_HEALTH_INTERVAL
    std::chrono::seconds server_health_every{120};      // SERVER_HEALTH_INTERVAL
    std::chrono::seconds queues_every{30};              // QUEUE_INTERVAL
    std::chrono::seconds github_sync_every{300};        // GITHUB_SYNC_INTERVAL
    std::chrono::seconds images_every{3600};            // IMAGE_RETENTION_INTERVAL
    std::chrono::seconds refs_every{86'400};            // KEPT_REFS_INTERVAL
    std::chrono::seconds budgets_every{10};             // BUDGET_INTERVAL
    std::chrono::seconds reminders_every{10};           // REMINDER_INTERVAL
    std::chrono::seconds digests_every{60};             // DIGEST_INTERVAL
    std::chrono::seconds metrics_every{15};             // STATE_METRICS_INTERVAL
    std::chrono::seconds traces_every{5};               // TRACES_INTERVAL
    std::chrono::days kept_refs{30};                    // KEEP_REFS_DAYS
    std::chrono::days kept_images{7};                   // KEEP_IMAGES_DAYS
    std::string otlp_endpoint{};                        // OTLP_ENDPOINT; empty: no traces are sent
};

// The intervals and KEEP_IMAGES_DAYS, which may change while the daemon runs (live.h).
void read_intervals(contracts::Environment& environment, SchedulerSettings& settings);
void read(contracts::Environment& environment, SchedulerSettings& settings);

}  // namespace control
