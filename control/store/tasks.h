// Tasks: pieces of work on a project, and their results.
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/entity_table.h"

#include <span>

namespace control::tasks {

using contracts::Task;
using contracts::TaskStatus;
using contracts::Timestamp;

// Filters: project_id, status, type. The owner is the project's.
[[nodiscard]] Result<Page<Task>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Task>> find(Queries& db, const std::string& id,
                                        const Owner& owner = {});
// No such project: `conflict`.
[[nodiscard]] Result<void> insert(Queries& db, const Task& task);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Task>& task);
// Also erases its executions. A running task is kept: `conflict`.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

[[nodiscard]] std::span<const TaskStatus> allowed_transitions(TaskStatus from);
// An impossible transition is `conflict` and names the allowed ones; setting the current status
// changes nothing. If `result` is given, it replaces the task's; a task that goes back to work
// loses its old result.
[[nodiscard]] Result<void> set_status(Queries& db, const std::string& id, TaskStatus status,
                                      std::optional<contracts::Json> result, Timestamp now);

// A task's place in the order of creation.
struct Place {
    Timestamp created_at{};
    std::string id{};
};

// Queued tasks of a type that were created before `cutoff` and have no thread, the oldest first,
// after `after`: their message may never have been sent.
[[nodiscard]] Result<std::vector<Task>> not_taken_up(Queries& db, contracts::TaskType type,
                                                     Timestamp cutoff, const Place& after,
                                                     std::size_t limit);

}  // namespace control::tasks
