// The steps of a task that takes a project out of service:
//
//     withdraw (pause: until all other work on it has ended) -> stop -> forget
//
// The project is archived first, so that no new work on it begins. Each step may be repeated, so a
// removal that was interrupted continues.
#pragma once

#include "control/graphs/deploy/nodes.h"

#include <vector>

namespace control::graphs::deploying {

[[nodiscard]] Next withdraw(DeployMove& move);
[[nodiscard]] Next forget(DeployMove& move);

[[nodiscard]] std::vector<Node> removal_nodes(const SettingsOf<DeployMove>& settings);

}  // namespace control::graphs::deploying
