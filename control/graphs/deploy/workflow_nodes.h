// The nodes of a deployment by the project's own workflow, in the order in which it passes them:
//
//     settle -> build -> dispatch -> watch -> answers -> (record)
//
// A run that fails is explained, the previous version is deployed again, and engineering gets the
// failure as a task of its own; after that the deployment begins again with the new commit. A
// failure that comes back too often is left to a person.
#pragma once

#include "control/graphs/deploy/nodes.h"

namespace control::graphs::deploying {

[[nodiscard]] Next settle(DeployMove& move);
[[nodiscard]] Next build(DeployMove& move);
[[nodiscard]] Next dispatch(DeployMove& move);
[[nodiscard]] Next watch(DeployMove& move);
[[nodiscard]] Next halt(DeployMove& move);
[[nodiscard]] Next explain(DeployMove& move);
[[nodiscard]] Next answers(DeployMove& move);
[[nodiscard]] Next hand_over(DeployMove& move);
[[nodiscard]] Next fixing(DeployMove& move);
[[nodiscard]] Next pause(DeployMove& move);

// The task was cancelled: also cancels the run that was started for it and may still replace what
// is live. Does not wait for that.
void end_run(DeployMove& move);
// Cancels a run whose start was answered only after the task was cancelled.
void end_late_run(DeployMove& move);

[[nodiscard]] std::vector<Node> workflow_nodes(const SettingsOf<DeployMove>& settings);

}  // namespace control::graphs::deploying
