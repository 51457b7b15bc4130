// A task of engineering's that a graph begins and waits for: made with a step, looked at by a call.
#pragma once

#include "control/graphs/engine/handlers.h"
#include "control/graphs/kit/moment.h"

#include <string>

namespace control::graphs {

// "task.child": the sweep takes the task up. Returns its id, the same whenever this is decided.
[[nodiscard]] std::string begin_child(const Moment& moment, const TaskPart& task, std::string spec);
// "task.child_cancelled": one that has ended stays as it is.
void cancel_child(const Moment& moment, const std::string& id);
[[nodiscard]] Writers child_writers();

inline constexpr const char* kLookAtTask = "task.look";
// task.look {task_id} → {status, result}; both empty where there is no such task.
[[nodiscard]] CallHandlers child_calls(Database& database);
// The same name without a function.
[[nodiscard]] CallHandlers child_call_names();

}  // namespace control::graphs
