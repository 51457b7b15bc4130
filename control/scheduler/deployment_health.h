// The health of deployments: the health path of each running deployment is requested from outside.
// After three failures in a row it is down, and one incident is opened; after two successes in a
// row it is up again, and the incident is resolved. Counts are in the store, so that another daemon
// can continue them. Stopped deployments are not checked. Administrators are notified of both
// (health_notice.h). Each check is counted by the hour, and the row has the share of successful
// ones. A certificate that expires within a week is an incident until a newer one is in place.
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
    std::optional<contracts::Timestamp> certificate_until{};  // for https
};
// Requests a URL once, within seconds; called by several threads at a time. The error explains in
// one sentence why the check failed.
using AskUrl = std::function<Result<UrlAnswer>(const std::string& url)>;

// Borrows the database and the clock.
struct DeploymentWatch {
    Database& database;
    const contracts::Clock& clock;
    AskUrl ask;
    std::size_t at_once = 64;  // deployments checked at the same time
};

// One round. A deployment that changes in the meantime is left for the next. `check_lead` is called
// in each transaction that writes, and its failure is the round's.
[[nodiscard]] Result<DeploymentHealth> check_deployments(
    const DeploymentWatch& watch, const std::function<Result<void>(Queries&)>& check_lead,
    const std::stop_token& stop);

// The periodic task "deployment_health".
[[nodiscard]] PeriodicTask deployment_health_task(DeploymentWatch watch, contracts::Log log,
                                                  std::chrono::milliseconds interval);

}  // namespace control
