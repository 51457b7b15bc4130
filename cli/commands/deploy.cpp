#include "cli/commands/commands.h"
#include "cli/commands/task_commands.h"
#include "contracts/fields/write.h"

namespace cli::commands {

namespace {

using contracts::fail;
using contracts::NewTask;
using contracts::Result;
using contracts::TaskType;

constexpr std::chrono::hours kLongestDeployment{2};

// A deployment is started, stopped and read from by tasks: what is to be done is the task's spec,
// and none means to start it.
class DeployTask final : public Command {
public:
    // `spec`: nullptr for a start, which alone need not be waited for.
    explicit DeployTask(const char* spec) : spec_(spec), wait_(spec != nullptr) {}

    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
        if (spec_ == nullptr) options.flag("--wait", wait_, "wait until it is live, or has failed");
    }

    Result<Outcome> run(Session& session) override {
        NewTask task{*project_, TaskType::deploy, std::nullopt};
        if (spec_ != nullptr) task.spec = spec_;
        if (Result<void> checked = check_new(task); !checked)
            return fail(std::move(checked.error()));
        Result<StartedTask> started = start_task(session, task, session.request_id);
        if (!started) return fail(std::move(started.error()));
        if (!wait_)
            return Outcome{contracts::write_message(started->task),
                           started->message("deployment is queued")};
        session.on_interrupt("task " + started->task.id + " goes on",
                             "orchestrator deploy wait " + started->task.id + " comes back to it");
        return wait_for_task(session, started->task.id, TaskType::deploy, kLongestDeployment);
    }

private:
    const char* spec_;
    bool wait_;
    std::optional<std::string> project_;
};

}  // namespace

std::unique_ptr<Command> deploy_start() {
    return std::make_unique<DeployTask>(nullptr);
}
std::unique_ptr<Command> deploy_stop() {
    return std::make_unique<DeployTask>("stop");
}
std::unique_ptr<Command> deploy_logs() {
    return std::make_unique<DeployTask>("logs");
}
std::unique_ptr<Command> deploy_status() {
    return std::make_unique<TaskStatusCommand>(TaskType::deploy);
}
std::unique_ptr<Command> deploy_wait() {
    return std::make_unique<TaskWaitCommand>(TaskType::deploy);
}

}  // namespace cli::commands
