#include "cli/commands/tasks.h"
#include "cli/exit_code.h"
#include "cli/table.h"
#include "contracts/fields/write.h"

#include <algorithm>

namespace cli::commands {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Instant;
using contracts::ProgressEvent;
using contracts::ProgressType;
using contracts::Result;
using contracts::Task;
using contracts::TaskStatus;
using contracts::TaskType;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Events may be lost, so the row is read as well; events make us read it at most every kSoonest.
constexpr milliseconds kPollEvery = 2s;
constexpr milliseconds kSoonest = 250ms;
constexpr std::size_t kProgressCharacters = 200;

bool has_ended(TaskStatus status) {
    return status != TaskStatus::queued && status != TaskStatus::running;
}

Outcome ended(const Task& task) {
    Outcome outcome;
    outcome.data = contracts::write_message(task);
    outcome.message = "task " + task.id + " is " + std::string(to_text(task.status));
    if (task.status == TaskStatus::completed) return outcome;
    outcome.failure = task.status == TaskStatus::failed ? "TaskFailed" : "TaskCancelled";
    outcome.exit_code = kFailure;
    return outcome;
}

Outcome still_going(const Task& task, std::chrono::seconds timeout) {
    Outcome outcome;
    outcome.data = contracts::write_message(task);
    const std::string type(to_text(task.type));
    outcome.message = "task " + task.id + " is still " + std::string(to_text(task.status)) +
                      " after " + std::to_string(timeout.count()) + " s; orchestrator " + type +
                      " wait " + task.id + " waits for it again";
    if (task.type == TaskType::engineering)
        outcome.message += ", orchestrator engineering cancel " + task.id + " ends it";
    outcome.failure = contracts::to_text(ErrorKind::timed_out);
    outcome.exit_code = kTimedOut;
    return outcome;
}

class Wait {
public:
    Wait(Session& session, const std::string& id, TaskType type, std::chrono::seconds timeout)
        : session_(session), id_(id), type_(type), timeout_(timeout) {}

    Result<Outcome> run();

private:
    [[nodiscard]] Instant now() const { return session_.clock.instant(); }
    // Reads events until `until`, or until one says that the task may have ended.
    void watch(Instant until);
    void show(const ProgressEvent& event) const;
    void show(std::string_view text) const;

    Session& session_;
    const std::string& id_;
    TaskType type_;
    std::chrono::seconds timeout_;
    std::string after_ = "0";
};

Result<Outcome> Wait::run() {
    const Instant deadline = now() + timeout_;
    std::optional<Task> last;
    for (;;) {
        const Instant asked = now();
        Result<Task> task = get_task(session_, id_, type_);
        if (task)
            last = std::move(*task);
        else if (!last || !contracts::is_retryable(task.error().kind))
            return task.fault();
        else
            show(task.error().describe());
        if (has_ended(last->status)) return ended(*last);
        if (now() >= deadline) return still_going(*last, timeout_);
        watch(std::min(asked + kPollEvery, deadline));
        if (const Instant soonest = std::min(asked + kSoonest, deadline); now() < soonest)
            session_.waiter.wait(std::chrono::ceil<milliseconds>(soonest - now()));
    }
}

void Wait::watch(Instant until) {
    while (now() < until) {
        const auto left = std::chrono::ceil<milliseconds>(until - now());
        Result<std::vector<Progress>> told = session_.destination->follow(id_, after_, left);
        if (!told) {
            // Without events, the row is still read again.
            session_.waiter.wait(left);
            return;
        }
        bool may_have_ended = false;
        for (const Progress& progress : *told) {
            show(progress.event);
            may_have_ended |= progress.event.type == ProgressType::completed ||
                              progress.event.type == ProgressType::failed;
        }
        if (may_have_ended) return;
    }
}

void Wait::show(const ProgressEvent& event) const {
    if (!session_.show_progress) return;
    std::string line(to_text(event.type));
    if (event.progress_pct)
        line.append(" ").append(std::to_string(*event.progress_pct)).append("%");
    const bool repeats =
        event.current_step && event.message && event.message->starts_with(*event.current_step);
    for (const auto& part :
         {repeats ? std::nullopt : event.current_step, event.message, event.error})
        if (part && !part->empty()) line.append("  ").append(*part);
    show(line);
}

void Wait::show(std::string_view text) const {
    if (!session_.show_progress) return;
    session_.show_progress(for_terminal(text, kProgressCharacters));
}

}  // namespace

Result<Outcome> wait_for_task(Session& session, const std::string& id, TaskType type,
                              std::chrono::seconds timeout) {
    return Wait(session, id, type, timeout).run();
}

}  // namespace cli::commands
