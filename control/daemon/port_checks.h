// The daemon's checks of its ports.
#pragma once

#include "control/daemon/presence.h"

namespace control {

// The store, the bus, and the runtime if there is one. The checks borrow the ports and are run by
// one thread at a time.
[[nodiscard]] std::vector<NamedCheck> checks_of(Ports& ports);

}  // namespace control
