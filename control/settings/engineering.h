// What an admin may choose about the engineering graph. The figures themselves are the graph's own
// (control/graphs/engineering/settings.h, with their defaults).
#pragma once

#include "contracts/base/environment.h"
#include "control/graphs/engineering/settings.h"

namespace control {

void read(contracts::Environment& environment, graphs::EngineeringSettings& settings);

}  // namespace control
