// For the `open` of modules whose threads are tasks: finds the task that a message names.
#pragma once

#include "control/store/projects.h"
#include "control/store/tasks.h"

#include <optional>

namespace control::graphs {

struct OpenTask {
    contracts::Task task;
    contracts::Project project;
};

// Empty: the task has ended already. `not_found` and `invalid` name the field if there is no such
// task, or it has another type or project.
[[nodiscard]] contracts::Result<std::optional<OpenTask>> find_open_task(
    Queries& db, contracts::TaskType type, const std::string& task_id,
    const std::string& project_id);

}  // namespace control::graphs
