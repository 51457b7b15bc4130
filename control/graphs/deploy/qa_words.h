// The prompts of the agent that tries a deployment, and the spec of the engineering task for what
// that agent finds.
#pragma once

#include "control/graphs/deploy/state.h"

#include <string>

namespace control::graphs::deploying {

[[nodiscard]] std::string qa_instructions();
[[nodiscard]] std::string qa_prompt(const DeployState& state);
[[nodiscard]] std::string spec_of_repair(const DeployState& state);

}  // namespace control::graphs::deploying
