// The model gateway from the daemon's ports.
#pragma once

#include "control/models/gateway.h"
#include "control/ports/ports.h"

#include <memory>

namespace control::wiring {

[[nodiscard]] std::shared_ptr<ModelGateway> make_model_gateway(Ports& ports,
                                                               const ModelSettings& settings);

}  // namespace control::wiring
