// Project states that make no sense, each with the next step.
#pragma once

#include "cli/commands/rest.h"

namespace cli::commands {

struct Finding {
    std::string_view problem;
    std::string next_step;
};

// What is odd about `project`, whose tasks are `tasks`; empty: nothing is.
[[nodiscard]] std::optional<Finding> odd(const contracts::Project& project,
                                         std::span<const contracts::Task> tasks);

// Looks at every project (at most kMaxPages pages) and at the tasks of those that should have one
// running. An array of {project_id, name, status, problem, next_step}.
inline constexpr int kMaxPages = 20;
[[nodiscard]] contracts::Result<contracts::Json> find_odd_projects(Session& session);

}  // namespace cli::commands
