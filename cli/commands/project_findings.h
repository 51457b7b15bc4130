// Project states that make no sense, each with the next step.
#pragma once

#include "cli/commands/rest.h"

namespace cli::commands {

struct Finding {
    std::string_view problem;
    std::string next_step;
};

// The inconsistency of `project`, whose tasks are `tasks`; empty: there is none.
[[nodiscard]] std::optional<Finding> odd(const contracts::Project& project,
                                         std::span<const contracts::Task> tasks);

// A task that has been queued for longer than a daemon takes to pick it up.
[[nodiscard]] std::optional<Finding> waiting(const contracts::Task& task, contracts::Timestamp now);

// Looks at every project, at the tasks of those that should have one running, and at every queued
// task (at most kMostPages pages each). An array of {project_id, name, status, problem, next_step}.
[[nodiscard]] contracts::Result<contracts::Json> find_odd_projects(Session& session);

}  // namespace cli::commands
