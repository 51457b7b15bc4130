// The only table of roles: ROLES and its error, `config check`, /readyz, /metrics, the ready file
// and the daemon's start read it. To add a role: a row in roles.cpp, a function in
// control/wiring/wiring.h, and its file in control/wiring.
#pragma once

#include "control/daemon/role_entry.h"

namespace control {

// In the order in which they are started. They are stopped in reverse.
[[nodiscard]] std::span<const RoleEntry> role_table();
[[nodiscard]] std::span<const std::string_view> role_names();

}  // namespace control
