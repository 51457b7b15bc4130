// One function a role, in a file of the role's name: from settings and ports to what that role
// needs. The only rooms that know roles are this one and the table (control/roles.cpp).
#pragma once

#include "control/ports/ports.h"
#include "control/role/role.h"
#include "control/settings/settings.h"

namespace control::wiring {

// Borrows the ports. Settings are copied.
using MadeRole = contracts::Result<std::unique_ptr<Role>>;

[[nodiscard]] MadeRole api(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole workers(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole chat(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole graphs(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole scaffolder(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole deployer(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole infra(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole scheduler(Ports& ports, const Settings& settings);
[[nodiscard]] MadeRole web(Ports& ports, const Settings& settings);

}  // namespace control::wiring
