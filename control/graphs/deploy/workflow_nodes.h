// The nodes of a deployment by a workflow of the project's own, in the order of the road:
//
//     settle -> build -> dispatch -> watch -> answers -> (record)
//
// A run that fails is explained, the version before is put back, and the failure goes to
// engineering as a task of its own; when that is done the deployment begins again with the new
// commit. A failure that comes back as often as it may is a person's.
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

// The task was cancelled: a run that was started for it, and may still replace what is live, is
// cancelled too. Nobody waits for that.
void end_run(DeployMove& move);
// The answer to a start came after the cancellation.
void end_late_run(DeployMove& move);

[[nodiscard]] std::vector<Node> workflow_nodes(const SettingsOf<DeployMove>& settings);

}  // namespace control::graphs::deploying
