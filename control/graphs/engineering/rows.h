// What the engineering graph changes in the rows of tasks, projects and executions, in its own
// transactions.
#pragma once

#include "control/graphs/engine/engine.h"

namespace control::graphs {

// task.running {id} · task.completed {id, result} · task.failed {id, result} · task.cancelled {id}:
// `conflict` when the task's state does not allow it. project.status {id, status} ·
// project.repository {id, url}: what a project does not allow is left as it is. execution {id,
// task_id, worker_id, status, result, started_at?, duration_ms?, exit_code?}: once.
[[nodiscard]] std::map<std::string, Writer> engineering_writers();

}  // namespace control::graphs
