#include "contracts/messages/meta.h"

#include "contracts/base/id.h"

namespace contracts {

void visit_fields(QueueMeta& message, FieldList& fields) {
    fields.filled("version", message.version);
    fields.filled("correlation_id", message.correlation_id, kIdentifier);
    fields.filled("timestamp", message.timestamp);
    fields.optional("traceparent", message.traceparent, kShortText);
}

void visit_fields(BaseMessage& message, FieldList& fields) {
    visit_fields(static_cast<QueueMeta&>(message), fields);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.optional("callback_stream", message.callback_stream, kIdentifier);
}

void visit_fields(BaseResult& message, FieldList& fields) {
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("status", message.status);
    fields.optional("error", message.error);
    fields.optional("duration_ms", message.duration_ms, kNotNegative);
    fields.optional("correlation_id", message.correlation_id, kIdentifier);
    fields.optional("traceparent", message.traceparent, kShortText);
}

QueueMeta make_meta(const Clock& clock, std::string correlation_id) {
    QueueMeta meta;
    meta.correlation_id = correlation_id.empty() ? make_uuid4() : std::move(correlation_id);
    meta.timestamp = clock.now();
    return meta;
}

}  // namespace contracts
