// What engineering and deploy have in common: the API creates a task, and then the task's message
// goes to a queue.
#pragma once

#include "cli/commands/rest.h"

#include <chrono>

namespace cli::commands {

struct StartedTask {
    contracts::Task task;
    std::string warning;  // set if no running daemon would pick it up

    // "<what>: task <id>", and the warning.
    [[nodiscard]] std::string message(std::string_view what) const;
};

// Creates the task (POST), then publishes its message (XADD), both under `session.request_id`, so
// that all of it can be repeated. `key`: the idempotency key of the POST.
[[nodiscard]] contracts::Result<StartedTask> start_task(Session& session, contracts::NewTask task,
                                                        const std::string& key);

// Refuses, before anything is sent, what the API would refuse. Fails with `invalid`.
[[nodiscard]] contracts::Result<void> check_new(const contracts::NewTask& task);

// Follows the task until it has ended, at most for `timeout`.
[[nodiscard]] contracts::Result<Outcome> wait_for_task(Session& session, const std::string& id,
                                                       contracts::TaskType type,
                                                       std::chrono::seconds timeout);

// The spec of a task, from an option or a file.
struct SpecOptions {
    std::optional<std::string> spec;
    std::optional<std::string> file;

    void declare(Options& options);
    [[nodiscard]] contracts::Result<std::optional<std::string>> read(int stdin_fd) const;
};

}  // namespace cli::commands
