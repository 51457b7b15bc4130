#include "cli/commands/commands.h"
#include "cli/commands/task_commands.h"
#include "contracts/fields/write.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::NewTask;
using contracts::Result;
using contracts::Task;
using contracts::TaskType;

class DeployStart final : public Command {
public:
    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
    }

    Result<Outcome> run(Session& session) override {
        const NewTask task{*project_, TaskType::deploy, std::nullopt};
        if (Result<void> checked = check_new(task); !checked)
            return fail(std::move(checked.error()));
        Result<Task> started = start_task(session, task, session.request_id);
        if (!started) return fail(std::move(started.error()));
        return Outcome{contracts::write_message(*started),
                       "deployment is queued: task " + started->id};
    }

private:
    std::optional<std::string> project_;
};

}  // namespace

std::unique_ptr<Command> deploy_start() {
    return std::make_unique<DeployStart>();
}
std::unique_ptr<Command> deploy_status() {
    return std::make_unique<TaskStatusCommand>(TaskType::deploy);
}
std::unique_ptr<Command> deploy_wait() {
    return std::make_unique<TaskWaitCommand>(TaskType::deploy);
}

}  // namespace cli::commands
