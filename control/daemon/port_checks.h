// How the daemon finds out whether its ports answer.
#pragma once

#include "control/daemon/presence.h"

namespace control {

// The store, the bus, and the runtime where there is one. The checks borrow the ports and are made
// by one thread at a time.
[[nodiscard]] std::vector<NamedCheck> checks_of(Ports& ports);

}  // namespace control
