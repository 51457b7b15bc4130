#include "cli/commands/task_commands.h"

#include "cli/commands/steering.h"
#include "cli/input.h"
#include "cli/output.h"
#include "contracts/fields/write.h"

#include <unistd.h>

namespace cli::commands {

using contracts::fail;
using contracts::Result;
using contracts::Task;

namespace {

constexpr std::chrono::seconds kDefaultWait{3600};
constexpr std::chrono::seconds kLongestWait{7 * 24 * 3600};

}  // namespace

void TaskStatusCommand::declare(Options& options) {
    options.argument("ID", id_, "the task's id");
}

Result<Outcome> TaskStatusCommand::run(Session& session) {
    Result<Task> task = get_task(session, *id_, type_);
    if (!task) return task.fault();
    return outcome_of(*task);
}

Outcome outcome_of(const Task& task) {
    return Outcome{contracts::write_message(task),
                   "task " + task.id + " is " + std::string(to_text(task.status))};
}

void TaskWaitCommand::declare(Options& options) {
    options.argument("ID", id_, "the task's id");
    options.text("--timeout", "SECONDS", timeout_,
                 "give up after this many seconds (default 3600)");
    options.flag("--progress", progress_, "show progress even if standard error is not a terminal");
}

Result<Outcome> TaskWaitCommand::run(Session& session) {
    std::chrono::seconds timeout = kDefaultWait;
    if (timeout_) {
        Result<std::int64_t> seconds = parse_number("timeout", *timeout_, 0, kLongestWait.count());
        if (!seconds) return seconds.fault();
        timeout = std::chrono::seconds(*seconds);
    }
    if (progress_ && !session.show_progress) session.show_progress = lines_to(STDERR_FILENO);
    session.on_interrupt("task " + *id_ + " goes on",
                         std::string("orchestrator ").append(to_text(type_)).append(" wait ") +
                             *id_ + " waits for it again");
    return wait_for_task(session, *id_, type_, timeout);
}

void TaskAnswerCommand::declare(Options& options) {
    options.argument("ID", id_, "the task's id");
    options.argument("TEXT", text_, "the answer to what it asked; - is standard input");
}

Result<Outcome> TaskAnswerCommand::run(Session& session) {
    Result<std::string> text = read_answer(*text_, session.stdin_fd);
    if (!text) return text.fault();
    Result<Task> task = get_task(session, *id_, type_);
    if (!task) return task.fault();
    return steer(session, {.target = "task", .id = *id_, .command = "answer", .text = *text});
}

}  // namespace cli::commands
