#include "control/graphs/kit/task_rows.h"

#include "contracts/fields/read.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"

namespace control::graphs {

namespace {

using contracts::ProjectStatus;
using contracts::TaskStatus;

// A task that was deleted is treated like a cancelled one.
Result<void> set_task(Queries& db, const Json& body, TaskStatus status, Timestamp now) {
    std::optional<Json> result;
    if (const auto given = body.find("result"); given != body.end()) result = *given;
    const std::string id = contracts::text_at(body, "id");
    // A task that was put back into the queue while its thread continued is still completed.
    if (status == TaskStatus::completed)
        if (Result<Stored<contracts::Task>> task = tasks::find(db, id);
            task && task->entity.status == TaskStatus::queued)
            if (Result<void> running =
                    tasks::set_status(db, id, TaskStatus::running, std::nullopt, now);
                !running)
                return running;
    Result<void> set = tasks::set_status(db, id, status, std::move(result), now);
    if (!set && set.error().kind == ErrorKind::not_found) set.error().kind = ErrorKind::conflict;
    return set;
}

Writer task_writer(TaskStatus status) {
    return [status](Queries& db, const Json& body, Timestamp now) {
        return set_task(db, body, status, now);
    };
}

// A task that has ended in the meantime keeps its status.
Result<void> cancel_task(Queries& db, const Json& body, Timestamp now) {
    Result<void> set = set_task(db, body, TaskStatus::cancelled, now);
    if (!set && set.error().kind == ErrorKind::conflict) return {};
    return set;
}

Result<void> write_project_status(Queries& db, const Json& body, Timestamp) {
    const auto status = contracts::parse_choice<ProjectStatus>(contracts::text_at(body, "status"));
    if (!status) return fail(ErrorKind::fatal, "unknown status", "status");
    Result<void> set = projects::set_status(db, contracts::text_at(body, "id"), *status);
    if (!set && !contracts::is_retryable(set.error().kind)) return {};
    return set;
}

Result<void> write_repository(Queries& db, const Json& body, Timestamp) {
    Result<Stored<contracts::Project>> project = projects::find(db, contracts::text_at(body, "id"));
    if (!project) return fail(ErrorKind::conflict, "the project no longer exists", "project_id");
    if (project->entity.repository_url) return {};
    const std::string url = contracts::text_at(body, "url");
    if (url.empty()) return {};
    project->entity.repository_url = url;
    return projects::update(db, *project);
}

}  // namespace

void task_running(const Moment& moment, const TaskPart& task) {
    moment.effects.write("task.running", {{"id", task.task_id}});
}

void task_completed(const Moment& moment, const TaskPart& task, Json result) {
    moment.effects.write("task.completed", {{"id", task.task_id}, {"result", std::move(result)}});
}

void task_failed(const Moment& moment, const TaskPart& task, Json result) {
    moment.effects.write("task.failed", {{"id", task.task_id}, {"result", std::move(result)}});
}

void task_cancelled(const Moment& moment, const TaskPart& task) {
    moment.effects.write("task.cancelled", {{"id", task.task_id}});
}

void set_project(const Moment& moment, const TaskPart& task, ProjectStatus status) {
    moment.effects.write("project.status",
                         {{"id", task.project_id}, {"status", contracts::to_text(status)}});
}

void set_repository(const Moment& moment, const TaskPart& task, const std::string& url) {
    moment.effects.write("project.repository", {{"id", task.project_id}, {"url", url}});
}

Writers task_writers() {
    return {{"task.running", task_writer(TaskStatus::running)},
            {"task.completed", task_writer(TaskStatus::completed)},
            {"task.failed", task_writer(TaskStatus::failed)},
            {"task.cancelled", cancel_task}};
}

Writers project_writers() {
    return {{"project.status", write_project_status}, {"project.repository", write_repository}};
}

}  // namespace control::graphs
