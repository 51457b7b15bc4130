// The agents' prompts.
#pragma once

#include "control/graphs/engineering/state.h"

namespace control::graphs {

// The instructions file of a developer, the same for every task.
[[nodiscard]] std::string developer_instructions();
[[nodiscard]] std::string tester_instructions();
[[nodiscard]] std::string developer_prompt(const EngineeringState& state);
[[nodiscard]] std::string tester_prompt(const EngineeringState& state);

}  // namespace control::graphs
