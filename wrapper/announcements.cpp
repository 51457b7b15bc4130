#include "wrapper/announcements.h"

#include "contracts/fields/write.h"
#include "contracts/messages/progress.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"

namespace wrapper {

namespace {

namespace names = contracts::names;
using contracts::LifecycleEvent;
using contracts::OwnedCommand;
using contracts::words;

// The part of an error in an event; the output has all of it.
constexpr std::size_t kShownError = 1024;

}  // namespace

OwnedCommand Announcements::heartbeat() const {
    return words({"SET", names::worker_heartbeat(settings_.worker_id),
                  contracts::format_timestamp(clock_.now()), "EX",
                  std::to_string(kHeartbeatTtl.count())});
}

OwnedCommand Announcements::status(contracts::WorkerStatus status, const Task* task) const {
    std::string_view task_id = settings_.task_id;
    std::string_view request_id;
    if (task != nullptr) {
        if (!task->task_id.empty()) task_id = task->task_id;
        request_id = task->request_id;
    }
    return words({"HSET", names::worker_status(settings_.worker_id), "status",
                  contracts::to_text(status), "worker_type",
                  contracts::to_text(settings_.worker_type), "task_id", task_id, "request_id",
                  request_id, "started_at", contracts::format_timestamp(started_at_), "updated_at",
                  contracts::format_timestamp(clock_.now())});
}

contracts::WorkerLifecycleEvent Announcements::event_of(LifecycleEvent kind) const {
    contracts::WorkerLifecycleEvent event;
    event.worker_id = settings_.worker_id;
    event.event = kind;
    event.timestamp = clock_.now();
    return event;
}

OwnedCommand Announcements::lifecycle(LifecycleEvent kind) const {
    return contracts::publish_command(names::kWorkerLifecycle,
                                      contracts::format_message(event_of(kind)));
}

OwnedCommand Announcements::ended(const Task& task, const Outcome& outcome,
                                  const Assignment* assignment) const {
    const bool done = outcome.status == contracts::ResultStatus::success;
    contracts::WorkerLifecycleEvent event =
        event_of(done ? LifecycleEvent::completed : LifecycleEvent::failed);
    contracts::Json result = contracts::Json::object();
    if (assignment != nullptr) {
        const Receipt& receipt = assignment->receipt();
        result = receipt.to_json();
        if (!assignment->usage().is_null()) result["usage"] = assignment->usage();
        if (assignment->session_was_unknown())
            result["session"] = "the previous one was unknown; a new one was started";
        if (receipt.shell_code() >= 0) event.exit_code = receipt.shell_code();
    }
    result["request_id"] = task.request_id;
    if (!task.task_id.empty()) result["task_id"] = task.task_id;
    event.result = std::move(result);
    if (!outcome.error.empty()) event.error = outcome.error.substr(0, kShownError);
    return contracts::publish_command(names::kWorkerLifecycle,
                                      contracts::format_message(std::move(event)));
}

OwnedCommand Announcements::refused(const contracts::Entry& entry,
                                    const contracts::Error& reason) const {
    contracts::WorkerLifecycleEvent event = event_of(LifecycleEvent::failed);
    contracts::Json& result = event.result.emplace();
    result["entry_id"] = entry.id;
    result["stream"] = entry.stream;
    result["dead_letters"] = names::dead_letters(entry.stream);
    event.error = "refused a message: " + reason.describe().substr(0, kShownError);
    return contracts::publish_command(names::kWorkerLifecycle,
                                      contracts::format_message(std::move(event)));
}

OwnedCommand Announcements::progress(const Task& task, const Progress& progress) const {
    contracts::ProgressEvent event;
    event.request_id = task.request_id;
    event.task_id = task.task_id;
    event.timestamp = clock_.now();
    event.current_step = progress.step;
    event.message = progress.message;
    if (progress.tokens > 0)
        event.message->append(" (")
            .append(std::to_string(progress.tokens))
            .append(" tokens so far)");
    return contracts::publish_command(names::task_progress(task.task_id),
                                      contracts::format_message(std::move(event)));
}

OwnedCommand Announcements::session(Session session) const {
    session.used_at = clock_.now();
    return words({"SET", names::worker_session(settings_.worker_id), format_session(session), "EX",
                  std::to_string(settings_.session_ttl.count())});
}

}  // namespace wrapper
