// The provisioning graph: prepares a managed server for deployments.
//
//     begin -> (reinstall) -> reach -> access -> software -> record
//
// An attempt that fails for a reason that may pass is repeated, three attempts in all; after that,
// and at once if a person has to act, the server's status is error (or unreachable), an incident is
// open and the administrators are notified. Nothing is ever reinstalled without an explicit
// request.
//
// Events it waits for: only "called:<key>".
#pragma once

#include "control/graphs/module.h"
#include "control/graphs/provisioning/settings.h"

namespace control::graphs {

inline constexpr std::string_view kProvisioning = "provisioning";

[[nodiscard]] Graph provisioning_graph(ProvisioningSettings settings);

// `calls`: those of calls.h, or only their names if other daemons make them.
[[nodiscard]] Module provisioning_module(ProvisioningSettings settings, CallHandlers calls);

}  // namespace control::graphs
