#include "control/settings/scheduler.h"

namespace control {

using namespace std::chrono_literals;

void read_intervals(contracts::Environment& environment, SchedulerSettings& settings) {
    settings.retention_every =
        environment.seconds("RETENTION_INTERVAL", settings.retention_every, 1s, 24h);
    settings.deployment_health_every = environment.seconds(
        "DEPLOYMENT_HEALTH_INTERVAL", settings.deployment_health_every, 1s, 24h);
    settings.server_health_every =
        environment.seconds("SERVER_HEALTH_INTERVAL", settings.server_health_every, 1s, 24h);
    settings.github_sync_every =
        environment.seconds("GITHUB_SYNC_INTERVAL", settings.github_sync_every, 1s, 24h);
    settings.queues_every = environment.seconds("QUEUE_INTERVAL", settings.queues_every, 1s, 24h);
    settings.images_every =
        environment.seconds("IMAGE_RETENTION_INTERVAL", settings.images_every, 1s, 24h);
    settings.kept_images = std::chrono::days(
        environment.number("KEEP_IMAGES_DAYS", settings.kept_images.count(), 1, 36'500));
}

void read(contracts::Environment& environment, SchedulerSettings& settings) {
    read_intervals(environment, settings);
    settings.kept_refs = std::chrono::days(
        environment.number("KEEP_REFS_DAYS", settings.kept_refs.count(), 1, 36'500));
}

}  // namespace control
