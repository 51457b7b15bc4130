#include "control/graphs/kit/parts.h"

namespace control::graphs {

void visit_fields(RequestPart& part, contracts::FieldList& fields) {
    fields.required("request_id", part.request_id);
    fields.required("correlation_id", part.correlation_id);
    fields.optional("callback_stream", part.callback_stream);
    fields.optional("traceparent", part.traceparent);
}

void take_request(RequestPart& part, const contracts::BaseMessage& message) {
    part.request_id = message.request_id;
    part.correlation_id = message.correlation_id;
    part.callback_stream = message.callback_stream;
    part.traceparent = message.traceparent;
}

contracts::QueueMeta meta_of(const RequestPart& part, contracts::Timestamp now) {
    return {
        .correlation_id = part.correlation_id, .timestamp = now, .traceparent = part.traceparent};
}

void visit_fields(TaskPart& part, contracts::FieldList& fields) {
    visit_fields(static_cast<RequestPart&>(part), fields);
    fields.required("task_id", part.task_id);
    fields.required("project_id", part.project_id);
    fields.required("user_id", part.user_id);
}

void visit_fields(TurnPart& part, contracts::FieldList& fields) {
    fields.defaulted("worker", part.worker);
    fields.defaulted("turn_request", part.turn_request);
    fields.defaulted("memory_mb", part.memory_mb);
    fields.defaulted("turn_seconds", part.turn_seconds);
    fields.defaulted("memory_doubled", part.memory_doubled);
    fields.defaulted("time_doubled", part.time_doubled);
    fields.defaulted("usage", part.usage);
}

void visit_fields(PatiencePart& part, contracts::FieldList& fields) {
    fields.defaulted("tries", part.tries);
    fields.defaulted("platform_tries", part.platform_tries);
    fields.defaulted("resume", part.resume);
    fields.defaulted("wait_ms", part.wait_ms);
    fields.defaulted("trouble", part.trouble);
    fields.defaulted("asked_again", part.asked_again);
    fields.defaulted("answer", part.answer);
}

}  // namespace control::graphs
