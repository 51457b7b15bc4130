#include "control/graphs/kit/child_task.h"

#include "control/store/tasks.h"

namespace control::graphs {

using contracts::ErrorKind;
using contracts::fail;
using contracts::TaskStatus;

namespace {

Result<void> add_child(Queries& db, const Json& body, Timestamp now) {
    contracts::Task task;
    task.id = contracts::text_at(body, "id");
    task.project_id = contracts::text_at(body, "project_id");
    task.type = contracts::TaskType::engineering;
    task.spec = contracts::text_at(body, "spec");
    task.created_at = now;
    return tasks::insert(db, task);
}

// Cancels the task's row; the sweep then cancels its flow.
Result<void> end_child(Queries& db, const Json& body, Timestamp now) {
    Result<void> set = tasks::set_status(db, contracts::text_at(body, "id"), TaskStatus::cancelled,
                                         std::nullopt, now);
    if (!set && !contracts::is_retryable(set.error().kind)) return {};
    return set;
}

}  // namespace

std::string begin_child(const Moment& moment, const TaskPart& task, std::string spec) {
    std::string id = moment.effects.next_request_id();
    moment.effects.write("task.child",
                         {{"id", id}, {"project_id", task.project_id}, {"spec", std::move(spec)}});
    return id;
}

void cancel_child(const Moment& moment, const std::string& id) {
    moment.effects.write("task.child_cancelled", {{"id", id}});
}

Writers child_writers() {
    return {{"task.child", add_child}, {"task.child_cancelled", end_child}};
}

CallHandlers child_call_names() {
    return {{kLookAtTask, nullptr}};
}

CallHandlers child_calls(Database& database) {
    return {{kLookAtTask, [&database](const Json& arguments) -> Result<Json> {
                 const auto task = tasks::find(database, contracts::text_at(arguments, "task_id"));
                 if (!task && task.error().kind == ErrorKind::not_found)
                     return Json{{"status", ""}, {"result", Json()}};
                 if (!task) return task.fault();
                 return Json{{"status", contracts::to_text(task->entity.status)},
                             {"result", task->entity.result.value_or(Json())}};
             }}};
}

}  // namespace control::graphs
