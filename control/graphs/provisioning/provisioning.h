// The provisioning graph: from a server that may be managed to one that can be deployed to.
//
//     begin -> (reinstall) -> reach -> access -> software -> record
//
// An attempt that fails for a reason that may pass is made again, three times in all; then, and at
// once where a person has to do something, the server is in error (or unreachable), an incident is
// open and the admins are told. Nothing is ever reinstalled but on explicit request.
//
// Events it waits for: "called:<key>" alone.
#pragma once

#include "control/graphs/module.h"
#include "control/graphs/provisioning/settings.h"

namespace control::graphs {

inline constexpr std::string_view kProvisioning = "provisioning";

[[nodiscard]] Graph provisioning_graph(ProvisioningSettings settings);

// `calls`: those of calls.h, or their names alone where other daemons make them.
[[nodiscard]] Module provisioning_module(ProvisioningSettings settings, CallHandlers calls);

}  // namespace control::graphs
