// The nodes of the provisioning graph, in the order in which a server passes them.
#pragma once

#include "control/graphs/kit/node.h"
#include "control/graphs/provisioning/settings.h"
#include "control/graphs/provisioning/state.h"

namespace control::graphs {

using ProvisioningMove = MoveOf<ProvisioningState, ProvisioningSettings>;

namespace provisioning_nodes {

[[nodiscard]] Next begin(ProvisioningMove& move);
[[nodiscard]] Next reinstall(ProvisioningMove& move);
[[nodiscard]] Next reach(ProvisioningMove& move);
[[nodiscard]] Next access(ProvisioningMove& move);
[[nodiscard]] Next software(ProvisioningMove& move);
[[nodiscard]] Next record(ProvisioningMove& move);
[[nodiscard]] Next wait_and_try_again(ProvisioningMove& move);
[[nodiscard]] Next give_up(ProvisioningMove& move);

void when_cancelled(ProvisioningMove& move);
void when_retried(ProvisioningMove& move);
void when_late(ProvisioningMove& move);

}  // namespace provisioning_nodes

}  // namespace control::graphs
