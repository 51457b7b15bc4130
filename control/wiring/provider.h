// The provider that the settings name, for the roles that ask it.
#pragma once

#include "control/ports/ports.h"
#include "control/provider/provider.h"

namespace control::wiring {

// Null: there is none. Borrows the ports.
[[nodiscard]] std::shared_ptr<Provider> make_provider(Ports& ports, const ServerSettings& settings);

}  // namespace control::wiring
