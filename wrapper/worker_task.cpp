// How the worker handles a task: it accepts or refuses it, works on it, answers it.
#include "wrapper/worker.h"

#include "contracts/base/trace_id.h"
#include "contracts/streams/dead_letter.h"
#include "contracts/streams/given_answer.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"

namespace wrapper {

namespace {

namespace names = contracts::names;
using contracts::Json;
using contracts::OwnedCommand;
using contracts::ResultStatus;
using contracts::words;
using contracts::WorkerStatus;
using contracts::WorkerType;

constexpr std::chrono::milliseconds kProgressEvery{500};
constexpr std::size_t kLoggedError = 1024;

}  // namespace

void Worker::accept(contracts::Entry entry) {
    contracts::Result<Task> task = read_task(entry, settings_.worker_type);
    if (!task) return refuse(entry, task.error());
    task->claim = inbox_.claim_of(entry);
    log_ = contracts::log_of_request(own_log_, task->correlation_id.value_or(""),
                                     task->traceparent.value_or(""));
    ours_at_ = kept_at_ = clock_.instant();
    if (entry.deliveries > kMaxDeliveries) return give_up(entry, std::move(*task));
    ask_about(*task, task->claim.entry_id);
    // An entry that is delivered for the first time has hardly been answered: one page is enough,
    // in the same exchange.
    const int more_pages = entry.deliveries > 1 ? contracts::kMostAnswerPages - 1 : 0;
    enter(Asking{std::move(*task), more_pages});
}

void Worker::ask_about(const Task& task, std::string look_from) {
    Outbox::Question question;
    question.request_id = task.request_id;
    question.output_stream = output_stream();
    question.look_from = std::move(look_from);
    if (settings_.worker_type == WorkerType::po && runner_->has_sessions())
        question.questions.push_back(words({"GET", names::worker_session(settings_.worker_id)}));
    // The status is sent before we know whether the request was answered, so that whoever finds us
    // dead also finds the request.
    question.notes.push_back(announcements_.status(WorkerStatus::running, &task));
    stand_by(question.notes.front());
    question.likely = {words({"XADD", question.output_stream}),
                       words({"HSET", names::worker_status(settings_.worker_id)}),
                       words({"XADD", names::kWorkerLifecycle}),
                       words({"XACK", task.claim.stream})};
    outbox_.ask(std::move(question));
}

std::string Worker::output_stream() const {
    return settings_.worker_type == WorkerType::po ? names::po_output(settings_.worker_id)
                                                   : std::string(names::kDeveloperOutput);
}

void Worker::refuse(const contracts::Entry& entry, const contracts::Error& reason) {
    log_.warning("refused a message",
                 {{"stream", entry.stream}, {"entry_id", entry.id}, {"reason", reason.describe()}});
    std::vector<OwnedCommand> commands = contracts::refuse_commands(
        entry, names::kWorkersGroup, "worker-wrapper", reason, clock_.now());
    commands.push_back(announcements_.refused(entry, reason));
    outbox_.post_together(std::move(commands));
    enter(Waiting{});
}

// Every run of ours that started this task died during it.
void Worker::give_up(const contracts::Entry& entry, Task task) {
    const contracts::Error reason{
        contracts::ErrorKind::invalid,
        "was started " + std::to_string(entry.deliveries - 1) + " times and never finished"};
    Outcome outcome;
    outcome.error = "the message " + reason.message;
    outcome.text = "The agent could not answer: it was interrupted each time it tried.";
    Owed owed{{}, task.claim};
    owed.answer.output =
        format_output(task, settings_.worker_type, outcome, Json(), {}, clock_.now());
    owed.answer.also.push_back(announcements_.ended(task, outcome, nullptr));
    std::vector<OwnedCommand> letter = contracts::refuse_commands(
        entry, names::kWorkersGroup, "worker-wrapper", reason, clock_.now());
    letter.pop_back();  // the answer has its own acknowledgement
    for (OwnedCommand& command : letter)
        owed.answer.also.push_back(std::move(command));
    log_.error("gave up on a message", {{"entry_id", entry.id}, {"reason", outcome.error}});
    publish(task, std::move(owed));
}

void Worker::start_work(Asking asked, std::optional<Session> session) {
    Task& task = asked.task;
    next_progress_ = clock_.instant();
    // A developer has one task and reads no further input.
    if (settings_.worker_type == WorkerType::developer) inbox_.close();
    if (settings_.worker_type == WorkerType::po)
        door_.speak_to(
            Conversation{task.request_id, task.user_id, task.correlation_id, task.traceparent});
    share_filter(wall_);  // deferred: before the first agent there is no process to confine
    if (!asked.prepared) asked.environment = agent_environment();
    assignment_.begin(task, std::move(session), std::move(asked.environment), log_);
    log_.info("started the agent", {{"request_id", task.request_id},
                                    {"task_id", task.task_id},
                                    {"timeout_s", task.timeout.count()}});
    enter(Working{std::move(task)});
}

void Worker::conclude(Task task) {
    door_.speak_to(std::nullopt);
    Outcome outcome = std::move(assignment_.outcome());
    const std::string_view status = contracts::to_text(outcome.status);
    const std::chrono::milliseconds duration = assignment_.duration();
    Owed owed{{}, task.claim};
    owed.answer.also.push_back(closing_status(task, outcome));
    stand_by(owed.answer.also.front());
    owed.answer.also.push_back(announcements_.ended(task, outcome, &assignment_));
    if (settings_.worker_type == WorkerType::po && assignment_.session())
        owed.answer.also.push_back(announcements_.session(*assignment_.session()));
    owed.answer.output = format_output(task, settings_.worker_type, std::move(outcome),
                                       assignment_.usage(), duration, clock_.now());
    publish(task, std::move(owed));
    log_.info("the agent ended", {{"request_id", task.request_id},
                                  {"status", status},
                                  {"how", assignment_.receipt().sentence()},
                                  {"duration_ms", duration.count()}});
}

// A po worker continues; a developer's hash records how its one task ended.
OwnedCommand Worker::closing_status(const Task& task, const Outcome& outcome) const {
    if (settings_.worker_type == WorkerType::po)
        return announcements_.status(WorkerStatus::running, nullptr);
    const bool done = outcome.status == ResultStatus::success;
    OwnedCommand status =
        announcements_.status(done ? WorkerStatus::completed : WorkerStatus::failed, &task);
    contracts::add_words(status,
                         {"exit_code", std::to_string(assignment_.receipt().shell_code()), "error",
                          std::string_view(outcome.error).substr(0, kLoggedError)});
    return status;
}

void Worker::publish(const Task& task, Owed owed) {
    owed.answer.request_id = task.request_id;
    owed.answer.output_stream = output_stream();
    if (settings_.worker_type == WorkerType::po)
        owed.answer.also.push_back(
            contracts::expire_command(owed.answer.output_stream, names::kPoOutputTtl));
    if (auto written = journal_.write(owed); !written)
        log_.error("the result is not in the journal", {{"reason", written.error().describe()}});
    outbox_.deliver(std::move(owed.answer), std::move(owed.claim), ours_at_);
    enter(Delivering{clock_.instant()});
}

void Worker::after_answer() {
    if (cut_off_) return leave(kExitTerminated);
    if (settings_.worker_type == WorkerType::developer || stop_at_) return leave(0);
    log_ = own_log_;
    enter(Waiting{});
}

std::vector<std::string> Worker::agent_environment() {
    AgentEnvironment environment = lasting_environment_;
    add_relays(environment, relays_.open());
    if (!std::exchange(replaced_is_told_, true)) tell_replaced(environment);
    return environment.take();
}

// A variable that was requested and replaced is logged, so that its absence is explained.
void Worker::tell_replaced(const AgentEnvironment& environment) {
    for (const std::string_view entry : settings_.agent_environment) {
        const std::string_view name = entry.substr(0, entry.find('='));
        if (environment.find(name) != entry.substr(std::min(name.size() + 1, entry.size())))
            log_.warning("replaced a variable for the agent", {{"name", name}});
    }
}

void Worker::tell_progress(const Task& task) {
    if (task.task_id.empty()) return;
    const std::optional<Progress> progress = runner_->progress();
    if (!progress) return;
    next_progress_ = clock_.instant() + kProgressEvery;
    outbox_.mention(
        {announcements_.progress(task, *progress),
         contracts::expire_command(names::task_progress(task.task_id), names::kProgressTtl)});
}

}  // namespace wrapper
