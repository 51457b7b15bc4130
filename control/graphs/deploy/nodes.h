// The nodes of the deploy graph, in the order in which a deployment passes them.
#pragma once

#include "control/graphs/deploy/settings.h"
#include "control/graphs/deploy/state.h"
#include "control/graphs/kit/node.h"

namespace control::graphs {

using DeployMove = MoveOf<DeployState, DeploySettings>;

namespace deploying {

[[nodiscard]] Next begin(DeployMove& move);
[[nodiscard]] Next allocate(DeployMove& move);
[[nodiscard]] Next room(DeployMove& move);
[[nodiscard]] Next analyse(DeployMove& move);
[[nodiscard]] Next secrets(DeployMove& move);
[[nodiscard]] Next ready(DeployMove& move);
[[nodiscard]] Next deploy(DeployMove& move);
[[nodiscard]] Next verify(DeployMove& move);
[[nodiscard]] Next record(DeployMove& move);
[[nodiscard]] Next give_up(DeployMove& move);
[[nodiscard]] Next stop(DeployMove& move);
[[nodiscard]] Next read_logs(DeployMove& move);
[[nodiscard]] Next wait_and_try_again(DeployMove& move);
[[nodiscard]] Next ask_person(DeployMove& move);

// Writes the deployment's row from the thread's current state.
void write_deployment(DeployMove& move, const char* status, const std::string& error);

void when_cancelled(DeployMove& move);
void when_retried(DeployMove& move);
void when_late(DeployMove& move);

}  // namespace deploying

}  // namespace control::graphs
