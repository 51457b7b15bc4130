#include "wrapper/task.h"

#include "contracts/fields/write.h"
#include "contracts/messages/po.h"

namespace wrapper {

namespace {

template <class Input>
Task common(Input& input) {
    Task task;
    task.request_id = std::move(input.request_id);
    task.prompt = std::move(input.prompt);
    task.timeout = std::chrono::seconds(input.timeout);
    task.correlation_id = std::move(input.correlation_id);
    task.traceparent = std::move(input.traceparent);
    return task;
}

template <class M>
void optional_text(std::optional<std::string>& field, M&& text) {
    if (!text.empty()) field = std::forward<M>(text);
}

}  // namespace

contracts::Result<Task> read_task(const contracts::Entry& entry,
                                  contracts::WorkerType worker_type) {
    if (worker_type == contracts::WorkerType::po) {
        auto input = contracts::parse_entry<contracts::POWorkerInput>(entry);
        if (!input) return input.fault();
        Task task = common(*input);
        task.user_id = std::move(input->user_id);
        return task;
    }
    auto input = contracts::parse_entry<contracts::DeveloperWorkerInput>(entry);
    if (!input) return input.fault();
    Task task = common(*input);
    task.task_id = std::move(input->task_id);
    return task;
}

std::string format_output(const Task& task, contracts::WorkerType worker_type, Outcome outcome,
                          const contracts::Json& usage, std::chrono::milliseconds duration,
                          contracts::Timestamp now) {
    if (worker_type == contracts::WorkerType::po) {
        contracts::POWorkerOutput output;
        output.request_id = task.request_id;
        output.user_id = task.user_id;
        output.text = std::move(outcome.text);
        output.timestamp = now;
        output.status = outcome.status;
        optional_text(output.error, std::move(outcome.error));
        output.correlation_id = task.correlation_id;
        output.traceparent = task.traceparent;
        return contracts::format_message(std::move(output));
    }
    contracts::DeveloperWorkerOutput output;
    output.request_id = task.request_id;
    output.status = outcome.status;
    optional_text(output.error, std::move(outcome.error));
    output.duration_ms = duration.count();
    output.correlation_id = task.correlation_id;
    output.traceparent = task.traceparent;
    output.task_id = task.task_id;
    output.commit_sha = std::move(outcome.commit_sha);
    output.pr_url = std::move(outcome.pr_url);
    output.timestamp = now;
    optional_text(output.summary, std::move(outcome.summary));
    optional_text(output.push_error, std::move(outcome.push_error));
    optional_text(output.kept_ref, std::move(outcome.kept_ref));
    if (!outcome.data.is_null()) output.data = std::move(outcome.data);
    if (!usage.is_null()) output.usage = usage;
    return contracts::format_message(std::move(output));
}

}  // namespace wrapper
