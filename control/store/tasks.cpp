#include "control/store/tasks.h"

#include "control/store/state_machine.h"

namespace control::tasks {

namespace {

constexpr EntityTable kTable{"tasks", "task",
                             "project_id IN (SELECT id FROM projects WHERE owner_id = ", ")",
                             "project_id = "};

using enum TaskStatus;
constexpr TaskStatus kFromQueued[] = {running, failed, cancelled};
constexpr TaskStatus kFromRunning[] = {completed, failed, cancelled, queued};
constexpr TaskStatus kFromFailed[] = {queued, running, cancelled};  // a retry

}  // namespace

Result<Page<Task>> list(Queries& db, const PageRequest& page) {
    return list_entities<Task>(db, kTable, page);
}

Result<Stored<Task>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Task>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const Task& task) {
    return insert_entity(db, kTable, task);
}

Result<void> update(Queries& db, const Stored<Task>& task) {
    return update_entity(db, kTable, task);
}

Result<void> erase(Queries& db, const std::string& id) {
    Result<Stored<Task>> task = find(db, id);
    if (!task) return task.fault();
    if (task->entity.status == running)
        return fail(ErrorKind::conflict, "the task is running", "status", "cancel it first");
    Result<Rows> executions = db.query("DELETE FROM task_executions WHERE task_id = $1", {id});
    if (!executions) return executions.fault();
    return rows::erase(db, kTable, id);
}

std::span<const TaskStatus> allowed_transitions(TaskStatus from) {
    switch (from) {
        case queued:
            return kFromQueued;
        case running:
            return kFromRunning;
        case failed:
            return kFromFailed;
        case completed:
        case cancelled:
            return {};
    }
    return {};
}

Result<void> set_status(Queries& db, const std::string& id, TaskStatus status,
                        std::optional<contracts::Json> result, Timestamp now) {
    Result<Stored<Task>> task = find(db, id);
    if (!task) return task.fault();
    const TaskStatus from = task->entity.status;
    if (from == status) return {};
    if (Result<void> checked = check_transition(from, status, allowed_transitions(from)); !checked)
        return checked;
    task->entity.status = status;
    task->entity.updated_at = now;
    if (result || status == queued || status == running) task->entity.result = std::move(result);
    return update(db, *task);
}

Result<std::vector<Task>> not_taken_up(Queries& db, contracts::TaskType type, Timestamp cutoff,
                                       const Place& after, std::size_t limit) {
    const auto milliseconds = [](Timestamp time) {
        return static_cast<std::int64_t>(time.time_since_epoch().count());
    };
    Result<Rows> found = db.query("SELECT " + columns_of<Task>().listed +
                                      " FROM tasks WHERE status = 'queued' AND created_at < $1 "
                                      "AND (created_at, id) > ($2, $3) AND type = $4 "
                                      "AND NOT EXISTS (SELECT 1 FROM threads WHERE graph = "
                                      "tasks.type AND subject = tasks.id) "
                                      "ORDER BY created_at, id LIMIT $5",
                                  {milliseconds(cutoff), milliseconds(after.created_at), after.id,
                                   std::string(to_text(type)), static_cast<std::int64_t>(limit)});
    if (!found) return found.fault();
    std::vector<Task> queue;
    for (const Row& row : found->rows) {
        Result<Task> task = read_row<Task>(row);
        if (!task) return fail(std::move(task.error()).context("tasks"));
        queue.push_back(*std::move(task));
    }
    return queue;
}

}  // namespace control::tasks
