// Which hosts outside workers may reach.
#pragma once

#include "contracts/base/environment.h"
#include "control/egress/rules.h"

namespace control {

void read(contracts::Environment& environment, egress::Settings& settings);

}  // namespace control
