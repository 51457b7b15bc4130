#include "cli/api_answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/task_commands.h"
#include "cli/input.h"
#include "contracts/fields/write.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::NewTask;
using contracts::Result;
using contracts::TaskType;

constexpr std::chrono::hours kLongestDeployment{2};
constexpr int kLastTasks = 5;

// Deployments are started, stopped and read from by tasks: the task's spec says what to do, and a
// task without a spec starts one.
class DeployTask final : public Command {
public:
    // `spec`: nullptr for a start, the only action with a choice whether to wait.
    explicit DeployTask(const char* spec) : spec_(spec), wait_(spec != nullptr) {}

    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
        if (spec_ == nullptr)
            options.flag("--wait", wait_, "wait until it is online or has failed");
    }

    Result<Outcome> run(Session& session) override {
        NewTask task{*project_, TaskType::deploy, std::nullopt};
        if (spec_ != nullptr) task.spec = spec_;
        if (Result<void> checked = check_new(task); !checked) return checked.fault();
        Result<StartedTask> started = start_task(session, task, session.request_id);
        if (!started) return started.fault();
        if (!wait_)
            return Outcome{contracts::write_message(started->task),
                           started->message("deployment is queued")};
        session.on_interrupt(
            "task " + started->task.id + " goes on",
            "orchestrator deploy wait " + started->task.id + " waits for it again");
        return wait_for_task(session, started->task.id, TaskType::deploy, kLongestDeployment);
    }

private:
    const char* spec_;
    bool wait_;
    std::optional<std::string> project_;
};

std::string percent(std::int64_t thousandths) {
    return std::to_string(thousandths / 10) + '.' + std::to_string(thousandths % 10) + " %";
}

// How often it has answered the scheduler's checks; empty if there were none yet.
std::string uptime_words(const Json& deployment) {
    const auto day = deployment.find("uptime_day"), week = deployment.find("uptime_week");
    if (day == deployment.end() || week == deployment.end() || !day->is_number_integer() ||
        !week->is_number_integer())
        return {};
    return "; it answered " + percent(*day) + " of the time in the last day and " + percent(*week) +
           " in the last week";
}

// Shows one task, or a project's deployment and its last tasks.
class DeployStatus final : public Command {
public:
    void declare(Options& options) override {
        options.text("ID", "ID", id_, "the task's id");
        options.text("--project", "ID", project_, "the id of a project whose deployment is shown");
        options.exclusive("ID", "--project");
    }

    Result<Outcome> run(Session& session) override {
        if (project_) return of_project(session);
        if (!id_) return fail(ErrorKind::invalid, "is required unless --project is given", "ID");
        Result<contracts::Task> task = get_task(session, *id_, TaskType::deploy);
        if (!task) return task.fault();
        return outcome_of(*task);
    }

private:
    Result<Outcome> of_project(Session& session) {
        if (Result<void> id = check_identifier("project", *project_); !id) return id.fault();
        const std::string of_it = "&project_id=" + encoded(*project_);
        Result<Outcome> deployed = list(session, "/api/service_deployments?limit=1" + of_it, {});
        if (!deployed) return deployed;
        Result<Outcome> tasks =
            list(session, "/api/tasks?type=deploy&limit=" + std::to_string(kLastTasks) + of_it, {});
        if (!tasks) return tasks;
        Json deployment = deployed->data.empty() ? Json() : std::move(deployed->data.front());
        Outcome outcome{.data = {}, .message = words_of(deployment)};
        outcome.data = {{"project_id", *project_},
                        {"deployment", std::move(deployment)},
                        {"tasks", std::move(tasks->data)}};
        return outcome;
    }

    [[nodiscard]] std::string words_of(const Json& deployment) const {
        const std::string url = contracts::text_at(deployment, "url");
        const std::string status = contracts::text_at(deployment, "status");
        const std::string since = contracts::text_at(deployment, "health_since");
        const std::string when = since.empty() ? since : " since " + since;
        if (status == "active") return "it answers at " + url + when + uptime_words(deployment);
        if (status == "failed" && !url.empty())
            return url + " does not answer" + when + uptime_words(deployment);
        if (status == "failed") return "its deployment failed";
        return "no deployment exists for project " + *project_;
    }

    std::optional<std::string> id_;
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
    return std::make_unique<DeployStatus>();
}
std::unique_ptr<Command> deploy_answer() {
    return std::make_unique<TaskAnswerCommand>(TaskType::deploy);
}
std::unique_ptr<Command> deploy_wait() {
    return std::make_unique<TaskWaitCommand>(TaskType::deploy);
}

}  // namespace cli::commands
