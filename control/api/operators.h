// Who may change servers and what runs on them: an administrator, and a key without a user that has
// the command. Whoever acts for a user, an agent's worker among them, may look and no more.
#pragma once

#include "control/api/caller.h"

namespace control {

// Fails with `permission`. Beside the route's own commands.
[[nodiscard]] Result<void> check_operator(const Caller& caller);

}  // namespace control
