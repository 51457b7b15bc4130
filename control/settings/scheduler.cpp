#include "control/settings/scheduler.h"

namespace control {

using namespace std::chrono_literals;

void read(contracts::Environment& environment, SchedulerSettings& settings) {
    settings.retention_every =
        environment.seconds("RETENTION_INTERVAL", settings.retention_every, 1s, 24h);
    settings.deployment_health_every = environment.seconds(
        "DEPLOYMENT_HEALTH_INTERVAL", settings.deployment_health_every, 1s, 24h);
}

}  // namespace control
