#include "control/api/resources.h"

#include "contracts/base/id.h"
#include "contracts/entities/removal.h"
#include "control/api/assign.h"
#include "control/api/platform.h"
#include "control/api/routes.h"
#include "control/store/state_machine.h"

namespace control {

using contracts::TaskStatus;
using contracts::TaskType;
using contracts::Timestamp;

namespace {

// Only a person decides to end a project, whatever an agent has been told.
Result<void> check_removal(const Caller& caller) {
    if (caller.worker_id.empty()) return caller.allowed.check("project.delete");
    return fail(ErrorKind::permission, "a worker may not delete projects", "spec",
                "ask the project's owner to run orchestrator project delete");
}

// A project that is archived may still be deployed somewhere; one that is being removed is not
// removed a second time.
Result<void> check_open(Queries& db, const contracts::Project& project,
                        const contracts::NewTask& task) {
    if (!contracts::is_removal(task.type, task.spec)) {
        if (project.status != contracts::ProjectStatus::archived) return {};
        return fail(ErrorKind::conflict, "the project is archived", "project_id",
                    "restore it from the archive first");
    }
    for (const TaskStatus status : {TaskStatus::queued, TaskStatus::running}) {
        Result<Page<contracts::Task>> open =
            tasks::list(db, {.limit = kMaxPage,
                             .filters = {{"project_id", project.id},
                                         {"type", "deploy"},
                                         {"status", std::string(contracts::to_text(status))}}});
        if (!open) return open.fault();
        for (const Stored<contracts::Task>& other : open->items)
            if (contracts::is_removal(other.entity.type, other.entity.spec))
                return fail(ErrorKind::conflict, "the project is being deleted already",
                            "project_id", "wait for task " + other.entity.id);
    }
    return {};
}

// Several commands lead to POST /api/tasks. The command determines the permitted task types; a
// caller that may only create projects may only start the first task of one.
Result<void> check_start(Queries& db, const Caller& caller, const contracts::NewTask& task) {
    if (caller.is_admin()) return {};
    if (contracts::is_removal(task.type, task.spec)) return check_removal(caller);
    // A deploy task may also stop a deployment or read its log.
    if (task.type == TaskType::deploy)
        return caller.allowed.check(task.spec == "stop"   ? "deploy.stop"
                                    : task.spec == "logs" ? "deploy.logs"
                                                          : "deploy.start");
    Result<void> starts = caller.allowed.check("engineering.start");
    if (starts || !caller.allowed.allows("project.create")) return starts;
    Result<Page<contracts::Task>> begun =
        tasks::list(db, {.limit = 1, .filters = {{"project_id", task.project_id}}});
    if (!begun) return begun.fault();
    return begun->items.empty() ? Result<void>() : starts;
}

Result<void> check_owner_exists(Queries& db, const std::string& owner_id) {
    Result<Stored<contracts::User>> owner = users::find(db, owner_id);
    if (owner || owner.error().kind != ErrorKind::not_found)
        return owner ? Result<void>() : Result<void>(owner.fault());
    return fail(ErrorKind::not_found, owner.error().message, "owner_id");
}

// The system can read and write every repository for which its GitHub App is installed, including
// those of other users.
Result<void> check_repository(const Caller& caller, const std::optional<std::string>& wanted,
                              const std::optional<std::string>& present) {
    if (!wanted || wanted == present || caller.is_admin()) return {};
    return fail(ErrorKind::permission, "only an administrator may set a project's repository",
                "repository_url", "leave it out: the project gets a repository");
}

}  // namespace

Result<contracts::Project> ProjectResource::make(Queries& db, const Caller& caller, New&& body,
                                                 Timestamp now) {
    if (Result<void> owned = caller.check_owner(); !owned) return owned.fault();
    if (caller.project_id)
        return fail(ErrorKind::permission, "this token is limited to one project", {},
                    "use the token that created it");
    if (Result<void> ours = check_repository(caller, body.repository_url, {}); !ours)
        return ours.fault();
    Entity project;
    project.id = contracts::make_uuid7(now);
    project.name = std::move(body.name);
    project.description = std::move(body.description);
    project.modules = std::move(body.modules);
    project.project_spec = std::move(body.project_spec);
    project.repository_url = std::move(body.repository_url);
    if (!caller.user_id.empty()) project.owner_id = caller.user_id;
    if (Result<void> done = projects::insert(db, project, now); !done) return done.fault();
    return project;
}

Result<void> ProjectResource::change(Queries& db, const Caller& caller, Entity& project,
                                     Change&& change, Timestamp) {
    if (change.owner_id)
        if (Result<void> known = check_owner_exists(db, *change.owner_id); !known) return known;
    if (change.status)
        if (Result<void> allowed = check_transition(project.status, *change.status,
                                                    projects::allowed_transitions(project.status));
            !allowed)
            return allowed;
    if (Result<void> ours = check_repository(caller, change.repository_url, project.repository_url);
        !ours)
        return ours;
    assign(project.name, std::move(change.name));
    assign(project.description, std::move(change.description));
    assign(project.status, std::move(change.status));
    assign(project.modules, std::move(change.modules));
    assign(project.repository_url, std::move(change.repository_url));
    assign(project.github_repo_id, std::move(change.github_repo_id));
    assign(project.owner_id, std::move(change.owner_id));
    assign(project.project_spec, std::move(change.project_spec));
    return {};
}

Result<contracts::Task> TaskResource::make(Queries& db, const Caller& caller, New&& body,
                                           Timestamp now) {
    if (Result<void> owned = caller.check_owner(); !owned) return owned.fault();
    Result<Stored<contracts::Project>> project =
        projects::find(db, body.project_id, caller.owner());
    if (!project) {
        project.error().field = "project_id";
        return project.fault();
    }
    if (Result<void> allowed = check_start(db, caller, body); !allowed) return allowed.fault();
    if (Result<void> open = check_open(db, project->entity, body); !open) return open.fault();
    Entity task;
    task.id = contracts::make_uuid7(now);
    task.project_id = std::move(body.project_id);
    task.type = body.type;
    task.spec = std::move(body.spec);
    task.request_id = std::move(body.request_id);
    task.created_at = now;
    if (Result<void> done = tasks::insert(db, task); !done) return done.fault();
    return task;
}

Result<std::string> TaskResource::warning(Queries& db, const New& body, Timestamp now) {
    return queue_warning(db, body.type, now);
}

Result<void> TaskResource::check_use(const Caller& caller, std::string_view method,
                                     const Entity& task) {
    return check_type(caller, method, "/api/tasks/x", task);
}

Result<void> TaskResource::check_type(const Caller& caller, std::string_view method,
                                      std::string_view path, const Entity& task) {
    if (caller.is_admin()) return {};
    if (method == "GET" && contracts::is_removal(task.type, task.spec) &&
        caller.allowed.allows("project.delete"))
        return {};
    // "engineering", "deploy": the group of commands that the type is named after.
    const std::string group = std::string(to_text(task.type)) + '.';
    std::optional<std::string> missing = missing_commands(caller, method, path, group);
    if (!missing) return {};
    // No command of this type makes this request: permission for the whole group is needed.
    if (missing->empty()) {
        missing = group + '*';
        if (caller.allowed.allows(*missing)) return {};
    }
    return fail(ErrorKind::permission,
                std::string(method) + " of a task of type " + std::string(to_text(task.type)) +
                    " is not allowed here",
                {}, "it needs one of: " + *missing);
}

Result<void> TaskResource::change(Queries&, const Caller& caller, Entity& task, Change&& change,
                                  Timestamp now) {
    if (!caller.is_admin()) {
        if (Result<void> owned = caller.check_owner(); !owned) return owned;
        if (change.spec || change.result || change.status != TaskStatus::cancelled)
            return fail(ErrorKind::permission, "you may only cancel this task", "status",
                        R"(send {"status": "cancelled"})");
    }
    if (change.status)
        if (Result<void> allowed = check_transition(task.status, *change.status,
                                                    tasks::allowed_transitions(task.status));
            !allowed)
            return allowed;
    assign(task.status, std::move(change.status));
    assign(task.spec, std::move(change.spec));
    assign(task.result, std::move(change.result));
    task.updated_at = now;
    return {};
}

Result<contracts::TaskExecution> TaskExecutionResource::make(Queries& db, const Caller& caller,
                                                             New&& body, Timestamp now) {
    if (body.task_id)
        if (Result<Stored<contracts::Task>> task = tasks::find(db, *body.task_id, caller.owner());
            !task) {
            task.error().field = "task_id";
            return task.fault();
        }
    Entity execution;
    execution.id = std::move(body.id);
    execution.task_id = std::move(body.task_id);
    execution.worker_id = std::move(body.worker_id);
    execution.started_at = body.started_at;
    execution.finished_at = body.finished_at;
    execution.duration_ms = body.duration_ms;
    execution.exit_code = body.exit_code;
    execution.status = body.status;
    execution.result_data = std::move(body.result_data);
    execution.created_at = now;
    Result<void> done = task_executions::insert(db, execution);
    if (!done) return done.fault();
    return execution;
}

Result<void> TaskExecutionResource::change(Queries&, const Caller&, Entity& execution,
                                           Change&& change, Timestamp) {
    assign(execution.started_at, std::move(change.started_at));
    assign(execution.finished_at, std::move(change.finished_at));
    assign(execution.duration_ms, std::move(change.duration_ms));
    assign(execution.exit_code, std::move(change.exit_code));
    assign(execution.status, std::move(change.status));
    assign(execution.result_data, std::move(change.result_data));
    return {};
}

Result<contracts::User> UserResource::make(Queries& db, const Caller& caller, New&& body,
                                           Timestamp now) {
    if (body.is_admin && !caller.is_admin())
        return fail(ErrorKind::permission, "only an administrator may create administrators",
                    "is_admin");
    Entity user{contracts::make_uuid7(now), std::move(body.telegram_id), body.is_admin};
    if (Result<void> done = users::insert(db, user, now); !done) return done.fault();
    return user;
}

Result<void> UserResource::change(Queries&, const Caller&, Entity& user, Change&& change,
                                  Timestamp) {
    assign(user.telegram_id, std::move(change.telegram_id));
    assign(user.is_admin, std::move(change.is_admin));
    return {};
}

}  // namespace control
