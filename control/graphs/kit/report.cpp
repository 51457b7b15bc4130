#include "control/graphs/kit/report.h"

#include "contracts/messages/progress.h"
#include "contracts/streams/names.h"

namespace control::graphs {

namespace {

contracts::ProgressEvent event_of(const Moment& moment, const TaskPart& task,
                                  contracts::ProgressType type, const std::string& message) {
    contracts::ProgressEvent event;
    event.type = type;
    event.request_id = task.request_id;
    event.task_id = task.task_id;
    event.timestamp = moment.turn.now;
    event.message = message;
    return event;
}

void publish(const Moment& moment, const TaskPart& task, const contracts::ProgressEvent& event) {
    moment.effects.publish(contracts::names::task_progress(task.task_id),
                           contracts::write_message(event));
}

}  // namespace

void progress(const Moment& moment, const TaskPart& task, std::string_view step,
              std::int64_t percent, const std::string& message) {
    using contracts::ProgressType;
    contracts::ProgressEvent event = event_of(
        moment, task, percent == 0 ? ProgressType::started : ProgressType::progress, message);
    event.progress_pct = percent;
    event.current_step = std::string(step);
    publish(moment, task, event);
}

void progress_end(const Moment& moment, const TaskPart& task, bool success,
                  const std::string& message) {
    using contracts::ProgressType;
    contracts::ProgressEvent event =
        event_of(moment, task, success ? ProgressType::completed : ProgressType::failed, message);
    if (success)
        event.progress_pct = 100;
    else
        event.error = message;
    publish(moment, task, event);
}

Result<void> check_callback(const std::optional<std::string>& stream) {
    if (!stream) return {};
    for (const std::string_view ours :
         {"worker:", "engineering:", "deploy:", "scaffolder:", "provisioner:", "workflow:",
          "graphs:", "chat:", "session:", "task_progress:"})
        if (stream->starts_with(ours))
            return contracts::fail(contracts::ErrorKind::invalid,
                                   "must not be a stream of the orchestrator's own",
                                   "callback_stream", "choose another name");
    return {};
}

}  // namespace control::graphs
