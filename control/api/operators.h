// Permission to change servers and what runs on them: administrators, and keys without a user that
// have the command. A caller that acts for a user, including an agent's worker, may only read.
#pragma once

#include "control/api/caller.h"

namespace control {

// Fails with `permission`. Checked in addition to the route's own commands.
[[nodiscard]] Result<void> check_operator(const Caller& caller);

}  // namespace control
