#include "contracts/messages/po.h"

namespace contracts {

void visit_fields(POWorkerInput& message, FieldList& fields) {
    fields.filled("version", message.version);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("user_id", message.user_id, kIdentifier);
    fields.required("prompt", message.prompt, kNonEmptyText);
    fields.defaulted("timeout", message.timeout, kTurnSeconds);
    fields.filled("timestamp", message.timestamp);
    fields.optional("correlation_id", message.correlation_id, kIdentifier);
    fields.optional("traceparent", message.traceparent, kShortText);
}

void visit_fields(POWorkerOutput& message, FieldList& fields) {
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("user_id", message.user_id, kIdentifier);
    fields.required("text", message.text, kLongText);
    fields.defaulted("is_final", message.is_final);
    fields.filled("timestamp", message.timestamp);
    fields.defaulted("status", message.status);
    fields.optional("error", message.error);
    fields.optional("correlation_id", message.correlation_id, kIdentifier);
    fields.optional("traceparent", message.traceparent, kShortText);
}

}  // namespace contracts
