#include "contracts/messages/progress.h"

namespace contracts {

void visit_fields(ProgressEvent& message, FieldList& fields) {
    constexpr Bounds kPercent{0, 100};
    fields.required("type", message.type);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.optional("task_id", message.task_id, kIdentifier);
    fields.filled("timestamp", message.timestamp);
    fields.optional("message", message.message);
    fields.optional("progress_pct", message.progress_pct, kPercent);
    fields.optional("current_step", message.current_step);
    fields.optional("error", message.error);
}

}  // namespace contracts
