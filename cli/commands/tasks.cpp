#include "cli/commands/tasks.h"

#include "cli/input.h"
#include "contracts/entities/opening.h"
#include "contracts/fields/write.h"
#include "contracts/streams/names.h"

namespace cli::commands {

using contracts::fail;
using contracts::Json;
using contracts::NewTask;
using contracts::Result;
using contracts::Task;
using contracts::TaskType;

namespace {

Result<void> publish_task(Session& session, const Task& task) {
    return session.destination->publish(
        task.type == TaskType::deploy ? contracts::names::kDeployQueue
                                      : contracts::names::kEngineeringQueue,
        contracts::opening_message(task, session.request_id, session.settings.user_id,
                                   session.clock));
}

}  // namespace

Result<void> check_new(const NewTask& task) {
    if (Result<void> id = check_identifier("project_id", task.project_id); !id) return id;
    if (task.spec)
        if (Result<void> text = check_text("spec", *task.spec); !text) return text;
    Result<NewTask> read = contracts::read_message<NewTask>(contracts::write_message(task));
    if (!read) return read.fault();
    return {};
}

std::string StartedTask::message(std::string_view what) const {
    std::string text(what);
    text.append(": task ").append(task.id);
    if (!warning.empty()) text.append(", but ").append(warning);
    return text;
}

Result<StartedTask> start_task(Session& session, NewTask task, const std::string& key) {
    task.request_id = session.request_id;
    Result<ApiAnswer> answer =
        session.destination->api({"POST", "/api/tasks", contracts::write_message(task), key});
    if (!answer) return answer.fault();
    Result<Task> made = read_entity<Task>(*answer);
    if (!made) return made.fault();
    Result<void> published = publish_task(session, *made);
    if (!published) {
        contracts::Error error =
            std::move(published.error())
                .context("task " + made->id + " was created, but its message was not sent");
        // Without this option the same command would create another task.
        if (!error.next_step.empty())
            error.next_step +=
                "; then run the same command again with --request-id " + session.request_id;
        return fail(std::move(error));
    }
    return StartedTask{*std::move(made), contracts::text_at(answer->body, "warning")};
}

void SpecOptions::declare(Options& options) {
    options.text("--spec", "TEXT", spec, "the work to do; - reads standard input");
    options.text("--spec-file", "FILE", file, "the same from a file, - for standard input");
    options.exclusive("--spec", "--spec-file");
}

Result<std::optional<std::string>> SpecOptions::read(int stdin_fd) const {
    const bool is_dash = spec && *spec == "-";
    if (!file && !is_dash) return spec;
    Result<std::string> text = read_spec_file(file.value_or("-"), stdin_fd);
    if (!text) return text.fault();
    return std::optional<std::string>(std::move(*text));
}

}  // namespace cli::commands
