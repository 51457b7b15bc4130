#include "control/settings/scheduler.h"

#include "control/settings/shapes.h"

namespace control {

using namespace std::chrono_literals;

void read_intervals(contracts::Environment& environment, SchedulerSettings& settings) {
    const std::pair<const char*, std::chrono::seconds*> intervals[] = {
        {"RETENTION_INTERVAL", &settings.retention_every},
        {"DEPLOYMENT_HEALTH_INTERVAL", &settings.deployment_health_every},
        {"SERVER_HEALTH_INTERVAL", &settings.server_health_every},
        {"GITHUB_SYNC_INTERVAL", &settings.github_sync_every},
        {"QUEUE_INTERVAL", &settings.queues_every},
        {"IMAGE_RETENTION_INTERVAL", &settings.images_every},
        {"KEPT_REFS_INTERVAL", &settings.refs_every},
        {"BUDGET_INTERVAL", &settings.budgets_every},
        {"REMINDER_INTERVAL", &settings.reminders_every},
        {"DIGEST_INTERVAL", &settings.digests_every},
        {"STATE_METRICS_INTERVAL", &settings.metrics_every},
        {"TRACES_INTERVAL", &settings.traces_every},
    };
    for (const auto& [name, interval] : intervals)
        *interval = environment.seconds(name, *interval, 1s, 24h);
    settings.kept_images = std::chrono::days(
        environment.number("KEEP_IMAGES_DAYS", settings.kept_images.count(), 1, 36'500));
}

void read(contracts::Environment& environment, SchedulerSettings& settings) {
    read_intervals(environment, settings);
    settings.kept_refs = std::chrono::days(
        environment.number("KEEP_REFS_DAYS", settings.kept_refs.count(), 1, 36'500));
    settings.otlp_endpoint = read_base_url(environment, "OTLP_ENDPOINT", "");
}

}  // namespace control
