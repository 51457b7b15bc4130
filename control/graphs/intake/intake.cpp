#include "control/graphs/intake/intake.h"

#include "contracts/fields/write.h"
#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"
#include "control/graphs/engine/thread_log.h"
#include "control/store/forge_deliveries.h"
#include "control/store/projects.h"
#include "control/store/tasks.h"

#include <algorithm>

namespace control::graphs {

namespace names = contracts::names;
using contracts::Entry;
using contracts::GraphCommand;
using contracts::GraphVerb;
using contracts::parse_entry;
using contracts::TaskStatus;

namespace {

constexpr int kSweepAtOnce = 100;

// Answers to delete and status look like those to create, but no thread waits for them.
Result<std::optional<Event>> worker_response(const Entry& entry) {
    Result<contracts::CreateWorkerResponse> response =
        parse_entry<contracts::CreateWorkerResponse>(entry);
    if (!response) return response.fault();
    return Event{"response", response->request_id, contracts::write_message(*response)};
}

Result<std::optional<Event>> worker_output(const Entry& entry) {
    Result<contracts::DeveloperWorkerOutput> output =
        parse_entry<contracts::DeveloperWorkerOutput>(entry);
    if (!output) return output.fault();
    return Event{"output", output->request_id, contracts::write_message(*output)};
}

// The streams that any graph may wait for.
const std::vector<Stream>& common_streams() {
    static const std::vector<Stream> streams{
        {.name = std::string(names::kDeveloperOutput), .event = worker_output},
        {.name = std::string(names::kWorkerResponsesDeveloper), .event = worker_response}};
    return streams;
}

}  // namespace

Intake::Intake(Database& db, Engine& engine, const std::vector<Module>& modules, const Clock& clock,
               Log log)
    : db_(db), engine_(engine), modules_(modules), clock_(clock), log_(std::move(log)) {}

std::map<std::string, std::vector<std::string>> Intake::streams() const {
    std::map<std::string, std::vector<std::string>> read;
    const auto add = [&read](const std::string& group, const std::string& stream) {
        std::vector<std::string>& streams = read[group];
        if (std::find(streams.begin(), streams.end(), stream) == streams.end())
            streams.push_back(stream);
    };
    add(std::string(names::kGraphsGroup), std::string(names::kGraphCommands));
    for (const Stream& stream : common_streams())
        add(stream.group, stream.name);
    for (const bool opens : {false, true})
        for (const Module& module : modules_)
            for (const Stream& stream : module.streams)
                if (static_cast<bool>(stream.open) == opens) add(stream.group, stream.name);
    return read;
}

Result<void> Intake::handle(const Entry& entry) {
    if (entry.stream == names::kGraphCommands) {
        Result<GraphCommand> command = parse_entry<GraphCommand>(entry);
        if (!command) return command.fault();
        return db_.transaction([&](Transaction& tx) { return obey(tx, *command); });
    }
    bool known = false;
    const auto take = [&](const Module* module, const Stream& stream) -> Result<void> {
        if (stream.name != entry.stream) return {};
        known = true;
        if (stream.open) return open(*module, entry);
        Result<std::optional<Event>> event = stream.event(entry);
        if (!event) return event.fault();
        return *event ? take_event(**event) : Result<void>();
    };
    for (const Stream& stream : common_streams())
        if (Result<void> taken = take(nullptr, stream); !taken) return taken;
    for (const Module& module : modules_)
        for (const Stream& stream : module.streams)
            if (Result<void> taken = take(&module, stream); !taken) return taken;
    if (known) return {};
    return fail(ErrorKind::invalid, "no graph reads the stream " + entry.stream);
}

Result<void> Intake::take_event(const Event& event) {
    return db_.transaction([&](Transaction& tx) -> Result<void> {
        Result<Delivery> delivered = engine_.deliver(tx, event);
        if (!delivered) return delivered.fault();
        if (*delivered != Delivery::handled)
            log_.debug("an event moved no thread",
                       {{"event", event.key()}, {"delivery", static_cast<int>(*delivered)}});
        return {};
    });
}

Result<void> Intake::open(const Module& module, const Entry& entry) {
    return db_.transaction([&](Transaction& tx) { return open(tx, module, entry); });
}

Result<void> Intake::open(Queries& db, const Module& module, const Entry& entry) {
    const Stream* stream = module.opening();
    if (stream == nullptr)
        return fail(ErrorKind::fatal, "nothing opens threads of graph " + module.graph.name);
    Result<std::optional<Opening>> opening = stream->open(db, entry);
    if (!opening) return opening.fault();
    if (!*opening) return {};
    Result<bool> started =
        engine_.start(db, module.graph.name, (*opening)->subject, (*opening)->state);
    if (!started) return started.fault();
    return *started ? Result<void>() : go_on(db, module, (*opening)->subject);
}

// A task that was put back into the queue still has its first thread.
Result<void> Intake::go_on(Queries& db, const Module& module, const std::string& task_id) {
    if (!module.task_type) return {};
    Result<Stored<contracts::Task>> task = tasks::find(db, task_id);
    if (!task) return task.fault();
    if (task->entity.status != TaskStatus::queued) return {};
    Result<std::optional<Thread>> thread = threads::find_subject(db, module.graph.name, task_id);
    if (!thread) return thread.fault();
    if (!*thread || (*thread)->status != ThreadStatus::blocked) return {};
    return engine_.retry(db, std::move(**thread), {}, Json::object());
}

Result<std::optional<Thread>> Intake::thread_of(Queries& db, const std::string& task_id) {
    for (const Module& module : modules_) {
        if (!module.task_type) continue;
        Result<std::optional<Thread>> thread =
            threads::find_subject(db, module.graph.name, task_id);
        if (!thread || *thread) return thread;
    }
    return std::nullopt;
}

Result<void> Intake::obey(Queries& db, const GraphCommand& command) {
    Result<std::optional<Thread>> thread = thread_of(db, command.task_id);
    if (!thread) return thread.fault();
    if (!*thread) return obey_unopened(db, command);
    Result<bool> first = engine_.first_time(db, **thread, "command:" + command.request_id);
    if (!first) return first.fault();
    if (!*first) return {};
    log_of(log_, **thread)
        .info("a person's command", {{"command", contracts::to_text(command.command)},
                                     {"task_id", command.task_id},
                                     {"user_id", command.user_id.value_or("")}});
    return carry_out(db,
                     {.command = command.command,
                      .node = command.node.value_or(""),
                      .said = command.text.value_or(""),
                      .asked_by = command.user_id ? "user " + *command.user_id : "a person"},
                     std::move(**thread));
}

// A task without a thread can only be cancelled.
Result<void> Intake::obey_unopened(Queries& db, const GraphCommand& command) {
    Result<Stored<contracts::Task>> task = tasks::find(db, command.task_id);
    if (!task) return task.fault();
    if (command.command == GraphVerb::cancel)
        return tasks::set_status(db, command.task_id, TaskStatus::cancelled, std::nullopt,
                                 clock_.now());
    return fail(ErrorKind::conflict, "the task has not been started", "task_id");
}

Result<void> Intake::carry_out(Queries& db, const Wish& wish, Thread thread) {
    switch (wish.command) {
        case GraphVerb::cancel:
            if (is_final(thread.status)) return {};
            return engine_.cancel(db, std::move(thread),
                                  wish.said.empty() ? wish.asked_by + " asked for it" : wish.said);
        case GraphVerb::pause:
            return engine_.pause(db, std::move(thread));
        case GraphVerb::resume:
            return engine_.resume(db, std::move(thread));
        case GraphVerb::retry:
            return engine_.retry(db, std::move(thread), wish.node, Json{{"text", wish.said}});
        case GraphVerb::answer:
            if (thread.status != ThreadStatus::blocked)
                return fail(ErrorKind::conflict,
                            "the flow is not blocked, so there is no question to answer",
                            "task_id");
            return engine_.retry(db, std::move(thread), {}, Json{{"text", wish.said}});
    }
    return fail(ErrorKind::invalid, "no such command", "command");
}

Result<std::int64_t> Intake::obey_rows() {
    std::int64_t obeyed = 0;
    for (const CommandTarget target : {CommandTarget::flow, CommandTarget::task}) {
        Result<std::vector<PersonCommand>> waiting =
            commands::in_status(db_, CommandStatus::waiting, target, kSweepAtOnce);
        if (!waiting) return waiting.fault();
        for (const PersonCommand& command : *waiting) {
            if (Result<void> done = obey_row(command); !done) return done.fault();
            ++obeyed;
        }
    }
    return obeyed;
}

Result<std::int64_t> Intake::hear_forge() {
    Result<std::vector<ForgeDelivery>> reports = forge_deliveries::unheard(db_, kSweepAtOnce);
    if (!reports) return reports.fault();
    const std::size_t word = forge_deliveries::kLook.size() + 1;
    for (const ForgeDelivery& report : *reports) {
        Result<void> heard = db_.transaction([&](Transaction& tx) -> Result<void> {
            Result<std::vector<std::string>> keys = forge_deliveries::looks(tx, report.repository);
            if (!keys) return keys.fault();
            for (const std::string& key : *keys) {
                const Event event{std::string(forge_deliveries::kLook), key.substr(word),
                                  Json{{"event", report.event}}};
                if (Result<Delivery> moved = engine_.deliver(tx, event); !moved)
                    return moved.fault();
            }
            return forge_deliveries::mark_heard(tx, report.id);
        });
        if (!heard) return heard.fault();
    }
    return static_cast<std::int64_t>(reports->size());
}

// If the thread cannot be read, the log lines only lack its fields.
Log Intake::log_of_target(const PersonCommand& command) {
    const Result<std::optional<Thread>> thread = command.target == CommandTarget::flow
                                                     ? threads::find(db_, command.target_id)
                                                     : thread_of(db_, command.target_id);
    return thread && *thread ? log_of(log_, **thread) : log_;
}

// A refusal is written in a transaction of its own: the attempt was rolled back.
Result<void> Intake::obey_row(const PersonCommand& command) {
    const auto end = [&](Transaction& tx, const Error* why) -> Result<void> {
        Result<Stored<PersonCommand>> row = commands::find(tx, command.id);
        if (!row) return row.fault();
        PersonCommand& now = row->entity;
        if (now.status != CommandStatus::waiting) return {};
        if (why == nullptr)
            if (Result<void> done = carry_out(tx, now); !done) return done;
        now.taken_by = engine_.instance();
        now.taken_at = now.ended_at = clock_.now();
        now.status = CommandStatus::done;
        if (why != nullptr) commands::refuse(now, *why, clock_.now());
        Result<bool> written = commands::update(tx, now);
        return written ? Result<void>() : Result<void>(written.fault());
    };
    const Result<void> done = db_.transaction([&](Transaction& tx) { return end(tx, nullptr); });
    if (!done && contracts::is_retryable(done.error().kind)) return done;
    log_of_target(command).info(
        done ? "a person's command was carried out" : "a person's command was refused",
        {{"command", contracts::to_text(command.command)},
         {contracts::to_text(command.target), command.target_id},
         {"command_id", command.id},
         {"asked_by", command.asked_by},
         {"user_id", command.user_id.value_or("")},
         {"reason", done ? std::string() : done.error().describe()}});
    if (done) return {};
    return db_.transaction([&](Transaction& tx) { return end(tx, &done.error()); });
}

Result<void> Intake::carry_out(Queries& db, const PersonCommand& command) {
    if (clock_.now() - command.created_at > commands::kPatience)
        return fail(ErrorKind::conflict, "no daemon picked the command up in time", {},
                    "send it again if it is still wanted");
    const auto verb = contracts::parse_choice<GraphVerb>(contracts::to_text(command.command));
    if (!verb) return fail(ErrorKind::invalid, "is not a command for a flow", "command");
    Result<std::optional<Thread>> thread = command.target == CommandTarget::flow
                                               ? threads::find(db, command.target_id)
                                               : thread_of(db, command.target_id);
    if (!thread) return thread.fault();
    if (!*thread)
        return fail(ErrorKind::not_found, "there is no flow of " + command.target_id, "target_id");
    // Reported if a person waits for the task: a thread that has ended did not succeed.
    if (*verb == GraphVerb::cancel && is_final((*thread)->status))
        return fail(ErrorKind::conflict, "flow " + (*thread)->id + " is already " +
                                             std::string(contracts::to_text((*thread)->status)));
    return carry_out(db,
                     Wish{.command = *verb,
                          .node = command.node.value_or(""),
                          .said = command.text.value_or(""),
                          .asked_by = command.asked_by},
                     std::move(**thread));
}

Result<std::int64_t> Intake::sweep() {
    Result<std::int64_t> put_back =
        change_threads("threads.status = 'blocked' AND tasks.status = 'queued'",
                       [&](Transaction& tx, Thread thread) -> Result<void> {
                           if (thread.status != ThreadStatus::blocked) return {};
                           return engine_.retry(tx, std::move(thread), {}, Json::object());
                       });
    if (!put_back) return put_back;
    Result<std::int64_t> cancelled = change_threads(
        "threads.status IN ('running', 'waiting', 'paused', 'blocked') "
        "AND tasks.status = 'cancelled'",
        [&](Transaction& tx, Thread thread) -> Result<void> {
            if (is_final(thread.status)) return {};
            return engine_.cancel(tx, std::move(thread), "the task was cancelled");
        });
    if (!cancelled) return cancelled;
    Result<std::int64_t> failed = fail_blocked();
    if (!failed) return failed;
    return *put_back + *cancelled + *failed;
}

// A node that blocks its thread has written the reason into the task. The engine knows no tasks,
// and blocks a thread whose graph is gone or whose checkpoint cannot be read: that reason is
// written here, also for graphs that this daemon does not have.
Result<std::int64_t> Intake::fail_blocked() {
    std::int64_t failed = 0;
    for (const std::string_view graph : contracts::kTaskTypeNames) {
        Result<std::int64_t> more = change_threads(
            std::string(graph), "threads.status = 'blocked' AND tasks.status = 'running'",
            [&](Transaction& tx, const Thread& thread) { return fail_task(tx, thread); });
        if (!more) return more;
        failed += *more;
    }
    return failed;
}

Result<void> Intake::fail_task(Queries& db, const Thread& thread) {
    if (thread.status != ThreadStatus::blocked) return {};
    Result<Stored<contracts::Task>> task = tasks::find(db, thread.subject);
    if (!task) return task.fault();
    if (task->entity.status != TaskStatus::running) return {};
    const std::string reason = "blocked: " + thread.reason.value_or("");
    log_of(log_, thread)
        .error("a thread was blocked while it ran",
               {{"task_id", thread.subject}, {"graph", thread.graph}, {"reason", reason}});
    if (Result<void> set = tasks::set_status(db, thread.subject, TaskStatus::failed,
                                             Json{{"reason", reason}}, clock_.now());
        !set)
        return set;
    // The project's status only informs people: a change that it does not permit is left out.
    Result<void> told =
        projects::set_status(db, task->entity.project_id, contracts::ProjectStatus::failed);
    return told || !contracts::is_retryable(told.error().kind) ? Result<void>() : told;
}

Result<std::int64_t> Intake::change_threads(std::string_view which, const ThreadChange& change) {
    std::int64_t changed = 0;
    for (const Module& module : modules_) {
        if (!module.task_type) continue;
        Result<std::int64_t> more = change_threads(module.graph.name, which, change);
        if (!more) return more;
        changed += *more;
    }
    return changed;
}

Result<std::int64_t> Intake::change_threads(const std::string& graph, std::string_view which,
                                            const ThreadChange& change) {
    Result<Rows> found =
        db_.query("SELECT threads.id FROM threads JOIN tasks ON tasks.id = threads.subject WHERE " +
                      std::string(which) + " AND threads.graph = $1 LIMIT $2",
                  {graph, std::int64_t{kSweepAtOnce}});
    if (!found) return found.fault();
    for (const Row& row : found->rows) {
        const auto one = [&](Transaction& tx) -> Result<void> {
            Result<std::optional<Thread>> thread = threads::find(tx, row.text(0));
            if (!thread) return thread.fault();
            return *thread ? change(tx, std::move(**thread)) : Result<void>();
        };
        if (Result<void> changed = db_.transaction(one); !changed) return changed.fault();
    }
    return static_cast<std::int64_t>(found->rows.size());
}

}  // namespace control::graphs
