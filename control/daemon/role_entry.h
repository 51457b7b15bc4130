// A row of the table of roles (control/roles.cpp), and functions over rows.
#pragma once

#include "control/ports/ports.h"
#include "control/role/role.h"
#include "control/settings/settings.h"

#include <span>

namespace control {

struct RoleEntry {
    std::string_view name;     // in ROLES, on /readyz, in /metrics
    std::string_view summary;  // one clause: "serves the REST API"
    Needs needs;
    contracts::Result<std::unique_ptr<Role>> (*make)(Ports&, const Settings&);
};

// The combined needs of the chosen roles.
[[nodiscard]] Needs needs_of(std::span<const RoleEntry> table, const Settings& settings);

}  // namespace control
