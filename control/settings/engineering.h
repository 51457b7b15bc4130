// The settings of the engineering graph. The graph's own struct has the defaults
// (control/graphs/engineering/settings.h).
#pragma once

#include "contracts/base/environment.h"
#include "control/graphs/engineering/settings.h"

namespace control {

void read(contracts::Environment& environment, graphs::EngineeringSettings& settings);

}  // namespace control
