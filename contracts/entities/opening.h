// The message that opens a task, as whoever made the task sends it, and the sweep in his place.
// The same arguments give the same message but for its time and correlation.
#pragma once

#include "contracts/entities/entities.h"

namespace contracts {

// For names::kEngineeringQueue or names::kDeployQueue, as the task's type says.
[[nodiscard]] Json opening_message(const Task& task, std::string request_id, std::string user_id,
                                   const Clock& clock);

}  // namespace contracts
