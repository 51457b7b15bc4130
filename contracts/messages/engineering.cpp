#include "contracts/messages/engineering.h"

namespace contracts {

void visit_fields(EngineeringMessage& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("task_id", message.task_id, kIdentifier);
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("user_id", message.user_id, kIdentifier);
}

void visit_fields(EngineeringResult& message, FieldList& fields) {
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.optional("files_changed", message.files_changed);
    fields.optional("commit_sha", message.commit_sha);
    fields.optional("branch", message.branch, kShortText);
}

}  // namespace contracts
