#include "contracts/messages/dead_letter.h"

namespace contracts {

void visit_fields(DeadLetterContext& context, FieldList& fields) {
    fields.required("error", context.error);
    fields.required("timestamp", context.timestamp);
    fields.required("service", context.service);
    fields.required("attempts", context.attempts, kNotNegative);
    fields.required("stream", context.stream);
    fields.required("entry_id", context.entry_id);
}

void visit_fields(DeadLetter& message, FieldList& fields) {
    fields.required("original_message", message.original_message);
    fields.required("error_context", message.error_context);
}

}  // namespace contracts
