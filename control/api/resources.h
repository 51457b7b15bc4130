// What the API serves, one struct each: the entity, what callers send, and the specific rules for
// creating and changing it. Everything they share (bodies, pages, ETags, remembered answers) is in
// handlers.h.
//
// `make` and `change` run inside the request's transaction. A caller sees only its own rows: any
// other row is `not_found`.
#pragma once

#include "control/api/bodies.h"
#include "control/api/caller.h"
#include "control/store/projects.h"
#include "control/store/task_executions.h"
#include "control/store/tasks.h"
#include "control/store/users.h"

namespace control {

struct ProjectResource {
    using Entity = contracts::Project;
    using New = contracts::NewProject;
    using Change = ProjectChange;
    static constexpr auto list = &projects::list;
    static constexpr auto find = &projects::find;
    static constexpr auto update = &projects::update;
    static constexpr auto erase = &projects::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct TaskResource {
    using Entity = contracts::Task;
    using New = contracts::NewTask;
    using Change = TaskChange;
    // Several commands make the same request to /api/tasks/{id}: one for the task's type must be
    // allowed.
    [[nodiscard]] static Result<void> check_use(const Caller& caller, std::string_view method,
                                                const Entity& task);
    // The same for a request to another path that concerns the task.
    [[nodiscard]] static Result<void> check_type(const Caller& caller, std::string_view method,
                                                 std::string_view path, const Entity& task);
    // A warning to add to the answer for a new entity; empty: none.
    [[nodiscard]] static Result<std::string> warning(Queries& db, const New& body,
                                                     contracts::Timestamp now);
    static constexpr auto list = &tasks::list;
    static constexpr auto find = &tasks::find;
    static constexpr auto update = &tasks::update;
    static constexpr auto erase = &tasks::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct TaskExecutionResource {
    using Entity = contracts::TaskExecution;
    using New = NewTaskExecution;
    using Change = TaskExecutionChange;
    static constexpr auto list = &task_executions::list;
    static constexpr auto find = &task_executions::find;
    static constexpr auto update = &task_executions::update;
    static constexpr auto erase = &task_executions::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

struct UserResource {
    using Entity = contracts::User;
    using New = NewUser;
    using Change = UserChange;
    static constexpr auto list = &users::list;
    static constexpr auto find = &users::find;
    static constexpr auto update = &users::update;
    static constexpr auto erase = &users::erase;
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    [[nodiscard]] static Result<void> change(Queries& db, const Caller& caller, Entity& entity,
                                             Change&& change, contracts::Timestamp now);
};

}  // namespace control
