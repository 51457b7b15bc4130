// The API over these ports. Each role that offers it (on the network, behind workers' doors) has an
// object of its own.
#pragma once

#include "control/api/api.h"
#include "control/ports/ports.h"

namespace control::wiring {

[[nodiscard]] std::unique_ptr<Api> make_api(Ports& ports, const Settings& settings);

}  // namespace control::wiring
