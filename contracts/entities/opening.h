// The message that opens a task, as sent by the task's creator, or by the sweep instead.
// The same arguments give the same message except for its time and correlation.
#pragma once

#include "contracts/entities/entities.h"

namespace contracts {

// For names::kEngineeringQueue or names::kDeployQueue, depending on the task's type.
[[nodiscard]] Json opening_message(const Task& task, std::string request_id, std::string user_id,
                                   const Clock& clock);

}  // namespace contracts
