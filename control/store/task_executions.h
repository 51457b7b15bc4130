// Executions: each is one run of a worker; the id is that of the request.
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/entity_table.h"

namespace control::task_executions {

using contracts::TaskExecution;

// Filters: task_id, worker_id, status. The owner is that of the task's project.
[[nodiscard]] Result<Page<TaskExecution>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<TaskExecution>> find(Queries& db, const std::string& id,
                                                 const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const TaskExecution& execution);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<TaskExecution>& execution);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::task_executions
