#include "control/store/task_executions.h"

namespace control::task_executions {

namespace {

constexpr EntityTable kTable{"task_executions",
                             "task execution",
                             "task_id IN (SELECT tasks.id FROM tasks JOIN projects ON projects.id "
                             "= tasks.project_id WHERE projects.owner_id = ",
                             ")",
                             "task_id IN (SELECT id FROM tasks WHERE project_id = ",
                             ")"};

}  // namespace

Result<Page<TaskExecution>> list(Queries& db, const PageRequest& page) {
    return list_entities<TaskExecution>(db, kTable, page);
}

Result<Stored<TaskExecution>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<TaskExecution>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const TaskExecution& execution) {
    return unless_taken(insert_entity(db, kTable, execution), "task_executions.id",
                        {.kind = contracts::ErrorKind::conflict,
                         .message = "an execution with this id exists",
                         .field = "id"});
}

Result<void> update(Queries& db, const Stored<TaskExecution>& execution) {
    return update_entity(db, kTable, execution);
}

Result<void> erase(Queries& db, const std::string& id) {
    return rows::erase(db, kTable, id);
}

}  // namespace control::task_executions
