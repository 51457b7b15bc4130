// The model and the system prompt that administrators have set for a kind of agent
// (/api/agent_configs), put into the configuration of a worker that is being created.
#pragma once

#include "control/workers/setting.h"

namespace control {

// The newest active row that has the worker's type as its name ("developer", "po") and the worker's
// agent as its type. Its system prompt comes before the worker's instructions. A model that the
// worker's creator has named (MODEL_NAME) stays. Failure: the store's.
[[nodiscard]] Result<void> apply_agent_settings(Queries& db, contracts::WorkerConfig& config);

// Whether a variable in env_vars configures the wrapper (how it runs the agent). All others are the
// agent's.
[[nodiscard]] bool is_for_wrapper(std::string_view name);

}  // namespace control
