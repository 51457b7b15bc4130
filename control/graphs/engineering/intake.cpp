#include "control/graphs/engineering/intake.h"

#include "contracts/fields/write.h"
#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"
#include "contracts/streams/names.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/engineering/state.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"

namespace control::graphs {

namespace names = contracts::names;
using contracts::EngineeringMessage;
using contracts::Entry;
using contracts::GraphCommand;
using contracts::GraphVerb;
using contracts::parse_entry;
using contracts::TaskStatus;

namespace {

constexpr int kSweepAtOnce = 100;

// A sender chooses where its answer goes, but not into a stream or key that somebody acts upon.
Result<void> check_callback(const std::optional<std::string>& stream) {
    if (!stream) return {};
    for (const std::string_view ours :
         {"worker:", "engineering:", "deploy:", "scaffolder:", "provisioner:", "workflow:",
          "graphs:", "session:", "task_progress:"})
        if (stream->starts_with(ours))
            return fail(ErrorKind::invalid, "must not be a stream of the orchestrator's own",
                        "callback_stream", "choose a name of your own");
    return {};
}

}  // namespace

EngineeringIntake::EngineeringIntake(Database& db, Engine& engine, const Clock& clock, Log log)
    : db_(db), engine_(engine), clock_(clock), log_(std::move(log)) {}

std::vector<std::string> EngineeringIntake::streams() {
    return {std::string(names::kGraphCommands), std::string(names::kDeveloperOutput),
            std::string(names::kWorkerResponsesDeveloper), std::string(names::kEngineeringQueue)};
}

Result<void> EngineeringIntake::handle(const Entry& entry) {
    if (entry.stream == names::kEngineeringQueue) {
        Result<EngineeringMessage> message = parse_entry<EngineeringMessage>(entry);
        if (!message) return fail(std::move(message.error()));
        if (Result<void> checked = check_callback(message->callback_stream); !checked)
            return checked;
        return open(*message);
    }
    if (entry.stream == names::kGraphCommands) {
        Result<GraphCommand> command = parse_entry<GraphCommand>(entry);
        if (!command) return fail(std::move(command.error()));
        return db_.transaction([&](Transaction& tx) { return obey(tx, *command); });
    }
    if (entry.stream == names::kWorkerResponsesDeveloper) {
        // Answers to delete and status have the same head; nobody waits for these.
        Result<contracts::CreateWorkerResponse> response =
            parse_entry<contracts::CreateWorkerResponse>(entry);
        if (!response) return fail(std::move(response.error()));
        return take_event({"response", response->request_id, contracts::write_message(*response)});
    }
    if (entry.stream == names::kDeveloperOutput) {
        Result<contracts::DeveloperWorkerOutput> output =
            parse_entry<contracts::DeveloperWorkerOutput>(entry);
        if (!output) return fail(std::move(output.error()));
        return take_event({"output", output->request_id, contracts::write_message(*output)});
    }
    return fail(ErrorKind::invalid, "nobody reads the stream " + entry.stream);
}

Result<void> EngineeringIntake::open(const EngineeringMessage& message) {
    return db_.transaction([&](Transaction& tx) { return start(tx, message); });
}

Result<void> EngineeringIntake::take_event(const Event& event) {
    return db_.transaction([&](Transaction& tx) -> Result<void> {
        Result<Delivery> delivered = engine_.deliver(tx, event);
        if (!delivered) return fail(std::move(delivered.error()));
        if (*delivered != Delivery::handled)
            log_.debug("an event moved no thread",
                       {{"event", event.key()}, {"delivery", static_cast<int>(*delivered)}});
        return {};
    });
}

Result<void> EngineeringIntake::start(Queries& db, const EngineeringMessage& message) {
    Result<Stored<contracts::Task>> task = tasks::find(db, message.task_id);
    if (!task && task.error().kind == ErrorKind::not_found)
        return fail(ErrorKind::not_found, "there is no task " + message.task_id, "task_id",
                    "create it through the API first");
    if (!task) return fail(std::move(task.error()));
    if (task->entity.type != contracts::TaskType::engineering)
        return fail(ErrorKind::invalid, "is not an engineering task", "task_id");
    if (task->entity.project_id != message.project_id)
        return fail(ErrorKind::invalid, "is not the project of task " + message.task_id,
                    "project_id");
    const TaskStatus status = task->entity.status;
    if (status != TaskStatus::queued && status != TaskStatus::running) return {};
    Result<Stored<contracts::Project>> project = projects::find(db, task->entity.project_id);
    if (!project) return fail(std::move(project.error()));

    const EngineeringState state = begin_engineering(message, task->entity, project->entity);
    Result<bool> started =
        engine_.start(db, kEngineering, message.task_id, contracts::write_message(state));
    if (!started) return fail(std::move(started.error()));
    if (*started || status != TaskStatus::queued) return {};
    // A task that was put back into the queue has a thread from its first time.
    Result<std::optional<Thread>> thread =
        threads::find_subject(db, std::string(kEngineering), message.task_id);
    if (!thread) return fail(std::move(thread.error()));
    if (!*thread || (*thread)->status != ThreadStatus::blocked) return {};
    return engine_.retry(db, std::move(**thread), {}, Json::object());
}

Result<void> EngineeringIntake::obey(Queries& db, const GraphCommand& command) {
    Result<std::optional<Thread>> thread =
        threads::find_subject(db, std::string(kEngineering), command.task_id);
    if (!thread) return fail(std::move(thread.error()));
    if (!*thread) {
        Result<Stored<contracts::Task>> task = tasks::find(db, command.task_id);
        if (!task) return fail(std::move(task.error()));
        if (command.command == GraphVerb::cancel)
            return tasks::set_status(db, command.task_id, TaskStatus::cancelled, std::nullopt,
                                     clock_.now());
        return fail(ErrorKind::conflict, "the task has not been started", "task_id");
    }
    Result<bool> first = engine_.first_time(db, **thread, "command:" + command.request_id);
    if (!first) return fail(std::move(first.error()));
    if (!*first) return {};
    log_.info("a person's command",
              {{"command", contracts::to_text(command.command)}, {"task_id", command.task_id}});
    return carry_out(db, command, std::move(**thread));
}

Result<void> EngineeringIntake::carry_out(Queries& db, const GraphCommand& command, Thread thread) {
    const std::string said = command.text.value_or("");
    switch (command.command) {
        case GraphVerb::cancel:
            if (is_final(thread.status)) return {};
            return engine_.cancel(db, std::move(thread),
                                  said.empty() ? "a person asked for it" : said);
        case GraphVerb::pause:
            return engine_.pause(db, std::move(thread));
        case GraphVerb::resume:
            return engine_.resume(db, std::move(thread));
        case GraphVerb::retry:
            return engine_.retry(db, std::move(thread), command.node.value_or(""),
                                 Json{{"text", said}});
        case GraphVerb::answer:
            if (thread.status != ThreadStatus::blocked)
                return fail(ErrorKind::conflict, "nothing was asked: the thread is not blocked",
                            "task_id");
            return engine_.retry(db, std::move(thread), {}, Json{{"text", said}});
    }
    return fail(ErrorKind::invalid, "no such command", "command");
}

Result<std::int64_t> EngineeringIntake::sweep() {
    Result<std::int64_t> put_back =
        move_threads("threads.status = 'blocked' AND tasks.status = 'queued'",
                     [&](Transaction& tx, Thread thread) -> Result<void> {
                         if (thread.status != ThreadStatus::blocked) return {};
                         return engine_.retry(tx, std::move(thread), {}, Json::object());
                     });
    if (!put_back) return put_back;
    Result<std::int64_t> cancelled = move_threads(
        "threads.status IN ('running', 'waiting', 'paused', 'blocked') "
        "AND tasks.status = 'cancelled'",
        [&](Transaction& tx, Thread thread) -> Result<void> {
            if (is_final(thread.status)) return {};
            return engine_.cancel(tx, std::move(thread), "the task was cancelled");
        });
    if (!cancelled) return cancelled;
    return *put_back + *cancelled;
}

Result<std::int64_t> EngineeringIntake::move_threads(std::string_view which, const Move& move) {
    Result<Rows> found =
        db_.query("SELECT threads.id FROM threads JOIN tasks ON tasks.id = threads.subject WHERE " +
                      std::string(which) + " AND threads.graph = $1 LIMIT $2",
                  {std::string(kEngineering), std::int64_t{kSweepAtOnce}});
    if (!found) return fail(std::move(found.error()));
    for (const Row& row : found->rows) {
        const auto one = [&](Transaction& tx) -> Result<void> {
            Result<std::optional<Thread>> thread = threads::find(tx, row.text(0));
            if (!thread) return fail(std::move(thread.error()));
            return *thread ? move(tx, std::move(**thread)) : Result<void>();
        };
        if (Result<void> moved = db_.transaction(one); !moved)
            return fail(std::move(moved.error()));
    }
    return static_cast<std::int64_t>(found->rows.size());
}

}  // namespace control::graphs
