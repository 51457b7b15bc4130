// The prompts for the architect, and the specs for the developers of a plan's parts.
#pragma once

#include "control/graphs/engineering/state.h"

#include <string>

namespace control::graphs {

[[nodiscard]] std::string architect_instructions();
[[nodiscard]] std::string architect_prompt(const EngineeringState& state);
// The spec of the part with this number, counted from 0.
[[nodiscard]] std::string spec_of_part(const EngineeringState& state, std::size_t number);

}  // namespace control::graphs
