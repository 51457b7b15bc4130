#include "control/scheduler/scheduler.h"

#include "control/http/client.h"
#include "control/scheduler/deployment_health.h"
#include "control/scheduler/retention_task.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

constexpr std::chrono::seconds kHealthPatience{10};

// A deployment is healthy when its health path answers 200.
contracts::Result<void> ask_health(HttpClient& client, const std::string& url) {
    contracts::Result<HttpResponse> answer =
        client.perform({.url = url, .timeout = kHealthPatience, .max_body = 1 << 20});
    if (!answer) return contracts::fail(std::move(answer.error()));
    if (answer->status == 200) return {};
    return contracts::fail(contracts::ErrorKind::transient,
                           "answers " + std::to_string(answer->status) + " instead of 200");
}

// To add a periodic task: one more in this list.
std::vector<PeriodicTask> periodic_tasks(Ports& ports, const Settings& settings) {
    std::vector<PeriodicTask> tasks;
    tasks.push_back(retention_task(ports.database(), ports.clock, ports.log,
                                   settings.store.retention, settings.scheduler.retention_every));
    tasks.push_back(deployment_health_task(
        ports.database(), ports.clock, ports.log,
        [&client = ports.client](const std::string& url) { return ask_health(client, url); },
        settings.scheduler.deployment_health_every));
    return tasks;
}

}  // namespace

MadeRole scheduler(Ports& ports, const Settings& settings) {
    return std::make_unique<Scheduler>(SchedulerNeeds{.daemon = ports.data.owner(),
                                                      .database = ports.database(),
                                                      .clock = ports.clock,
                                                      .log = ports.log,
                                                      .metrics = ports.metrics},
                                       periodic_tasks(ports, settings));
}

}  // namespace control::wiring
