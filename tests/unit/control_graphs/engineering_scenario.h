// The engineering graph as a scenario of the simulation.
#pragma once

#include "tests/unit/control_graphs/simulation.h"

namespace tests {

[[nodiscard]] Scenario engineering_scenario();

}  // namespace tests
