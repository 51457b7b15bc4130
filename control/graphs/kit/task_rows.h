// A graph's changes of the rows of its task and project, in the transaction of its steps: for each
// row the function with which a node requests it, and the writer that carries it out. A node
// declares the names of the writes that it uses.
#pragma once

#include "contracts/entities/entities.h"
#include "control/graphs/engine/handlers.h"
#include "control/graphs/kit/moment.h"

namespace control::graphs {

// "task.running", "task.completed", "task.failed", "task.cancelled". A task that a person has
// cancelled in the meantime refuses the first three: the thread is then cancelled.
void task_running(const Moment& moment, const TaskPart& task);
void task_completed(const Moment& moment, const TaskPart& task, Json result);
void task_failed(const Moment& moment, const TaskPart& task, Json result);
void task_cancelled(const Moment& moment, const TaskPart& task);

// "project.status". The status only informs people: a change that the current status does not
// permit is left out.
void set_project(const Moment& moment, const TaskPart& task, contracts::ProjectStatus status);
// "project.repository": the repository's address for people. A project that has one keeps it.
void set_repository(const Moment& moment, const TaskPart& task, const std::string& url);

// The writers for the functions above.
[[nodiscard]] Writers task_writers();
[[nodiscard]] Writers project_writers();

}  // namespace control::graphs
