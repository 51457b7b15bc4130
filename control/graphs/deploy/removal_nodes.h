// The way of a task that takes a project out of service:
//
//     withdraw (pause: until nothing works for it any more) -> stop -> forget
//
// The project is archived first, so that nobody starts work on it meanwhile. Each step may be done
// twice: what was killed in the middle goes on.
#pragma once

#include "control/graphs/deploy/nodes.h"

#include <vector>

namespace control::graphs::deploying {

[[nodiscard]] Next withdraw(DeployMove& move);
[[nodiscard]] Next forget(DeployMove& move);

[[nodiscard]] std::vector<Node> removal_nodes(const SettingsOf<DeployMove>& settings);

}  // namespace control::graphs::deploying
