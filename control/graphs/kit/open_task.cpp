#include "control/graphs/kit/open_task.h"

namespace control::graphs {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::TaskStatus;

Result<std::optional<OpenTask>> find_open_task(Queries& db, contracts::TaskType type,
                                               const std::string& task_id,
                                               const std::string& project_id) {
    Result<Stored<contracts::Task>> task = tasks::find(db, task_id);
    if (!task && task.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::not_found, "there is no task " + task_id, "task_id",
                    "create it through the API first");
    if (!task) return task.fault();
    if (task->entity.type != type)
        return fail(ErrorKind::invalid,
                    "is not a task of type " + std::string(contracts::to_text(type)), "task_id");
    if (task->entity.project_id != project_id)
        return fail(ErrorKind::invalid, "is not the project of task " + task_id, "project_id");
    const TaskStatus status = task->entity.status;
    if (status != TaskStatus::queued && status != TaskStatus::running) return std::nullopt;
    Result<Stored<contracts::Project>> project = projects::find(db, project_id);
    if (!project) return project.fault();
    return OpenTask{std::move(task->entity), std::move(project->entity)};
}

}  // namespace control::graphs
