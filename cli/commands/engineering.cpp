#include "cli/commands/commands.h"
#include "cli/commands/task_commands.h"
#include "contracts/entities/planned.h"
#include "contracts/fields/write.h"
#include "contracts/messages/graph_command.h"
#include "contracts/streams/names.h"

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::GraphCommand;
using contracts::Json;
using contracts::NewTask;
using contracts::Result;
using contracts::Task;
using contracts::TaskStatus;
using contracts::TaskType;

class EngineeringStart final : public Command {
public:
    void declare(Options& options) override {
        options.required("--project", "ID", project_, "the project's id");
        spec_.declare(options);
        options.flag("--plan", is_planned_,
                     "for large work: first an architect cuts it into at most 7 tasks");
    }

    Result<Outcome> run(Session& session) override {
        Result<std::optional<std::string>> spec = spec_.read(session.stdin_fd);
        if (!spec) return spec.fault();
        if (!*spec)
            return fail(ErrorKind::invalid, "is required", "spec",
                        "describe the work with --spec or --spec-file");
        if (is_planned_) *spec = contracts::planned_first(**spec);
        const NewTask task{*project_, TaskType::engineering, std::move(*spec)};
        if (Result<void> checked = check_new(task); !checked) return checked.fault();
        Result<StartedTask> started = start_task(session, task, session.request_id);
        if (!started) return started.fault();
        return Outcome{contracts::write_message(started->task),
                       started->message("engineering has started")};
    }

private:
    std::optional<std::string> project_;
    bool is_planned_ = false;
    SpecOptions spec_;
};

class EngineeringCancel final : public Command {
public:
    void declare(Options& options) override { options.argument("ID", id_, "the task's id"); }

    // Repeated after an interruption, it finds the task cancelled and sends what is missing.
    Result<Outcome> run(Session& session) override {
        Result<Task> task = get_task(session, *id_, TaskType::engineering);
        if (!task) return task.fault();
        if (task->status == TaskStatus::completed || task->status == TaskStatus::failed)
            return fail(ErrorKind::conflict,
                        "task " + task->id + " is already " + std::string(to_text(task->status)));
        if (task->status != TaskStatus::cancelled) task = mark_cancelled(session);
        if (!task) return task.fault();
        Result<void> published =
            session.destination->publish(contracts::names::kGraphCommands, message(session));
        if (!published)
            return fail(
                std::move(published.error())
                    .context("task " + *id_ +
                             " was cancelled, but the daemon running it could not be notified"));
        return Outcome{contracts::write_message(*task), "task " + *id_ + " is cancelled"};
    }

private:
    Result<Task> mark_cancelled(Session& session) {
        Result<ApiAnswer> answer = session.destination->api(
            {"PATCH", "/api/tasks/" + *id_,
             Json{{"status", std::string(to_text(TaskStatus::cancelled))}}});
        if (!answer) return answer.fault();
        return read_entity<Task>(*answer);
    }

    [[nodiscard]] Json message(const Session& session) const {
        GraphCommand command;
        static_cast<contracts::QueueMeta&>(command) = contracts::make_meta(session.clock);
        command.request_id = session.request_id;
        command.command = contracts::GraphVerb::cancel;
        command.task_id = *id_;
        command.user_id = session.settings.user_id;
        return contracts::write_message(command);
    }

    std::optional<std::string> id_;
};

}  // namespace

std::unique_ptr<Command> engineering_start() {
    return std::make_unique<EngineeringStart>();
}
std::unique_ptr<Command> engineering_status() {
    return std::make_unique<TaskStatusCommand>(TaskType::engineering);
}
std::unique_ptr<Command> engineering_wait() {
    return std::make_unique<TaskWaitCommand>(TaskType::engineering);
}
std::unique_ptr<Command> engineering_answer() {
    return std::make_unique<TaskAnswerCommand>(TaskType::engineering);
}
std::unique_ptr<Command> engineering_cancel() {
    return std::make_unique<EngineeringCancel>();
}

}  // namespace cli::commands
