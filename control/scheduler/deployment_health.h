// The health of deployments: each that should serve is asked for its health path from the outside.
// Three misses in a row and it is down, with one incident that is opened once; two hits in a row
// and it is up again, and the incident is resolved. Counts lie in the store, so that a daemon that
// takes over goes on counting. A stopped deployment is not asked. Admins are told of both
// (health_notice.h). Each look is counted by the hour, and the row has the share that was answered.
// A certificate that ends within a week is an incident until there is one that lasts longer.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace control {

inline constexpr std::int64_t kMissesUntilDown = 3;
inline constexpr std::int64_t kHitsUntilUp = 2;

struct DeploymentHealth {
    std::int64_t asked = 0;
    std::int64_t went_down = 0;
    std::int64_t came_up = 0;
};

struct UrlAnswer {
    std::optional<contracts::Timestamp> certificate_until{};  // of https
};
// Asks a URL once, within seconds; from several threads at a time. An error says in one sentence
// why it does not count as an answer.
using AskUrl = std::function<Result<UrlAnswer>(const std::string& url)>;

// Borrows the database and the clock.
struct DeploymentWatch {
    Database& database;
    const contracts::Clock& clock;
    AskUrl ask;
    std::size_t at_once = 64;  // that are asked at a time
};

// One round. A deployment that changes meanwhile is left for the next. `check_lead` is called in
// each transaction that writes, and its failure is the round's.
[[nodiscard]] Result<DeploymentHealth> check_deployments(
    const DeploymentWatch& watch, const std::function<Result<void>(Queries&)>& check_lead,
    const std::stop_token& stop);

// The periodic task "deployment_health".
[[nodiscard]] PeriodicTask deployment_health_task(DeploymentWatch watch, contracts::Log log,
                                                  std::chrono::milliseconds interval);

}  // namespace control
