// An engineering task that a graph starts and waits for: a write starts it, a call looks at it.
#pragma once

#include "control/graphs/engine/handlers.h"
#include "control/graphs/kit/moment.h"

#include <string>

namespace control::graphs {

// "task.child": the sweep picks the task up. Returns its id, the same if this is decided again.
[[nodiscard]] std::string begin_child(const Moment& moment, const TaskPart& task, std::string spec);
// "task.child_cancelled": a task that has ended keeps its status.
void cancel_child(const Moment& moment, const std::string& id);
[[nodiscard]] Writers child_writers();

inline constexpr const char* kLookAtTask = "task.look";
// task.look {task_id} → {status, result}; both are empty if there is no such task.
[[nodiscard]] CallHandlers child_calls(Database& database);
// The same name without a function, for a daemon that does not make the call.
[[nodiscard]] CallHandlers child_call_names();

}  // namespace control::graphs
