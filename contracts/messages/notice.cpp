#include "contracts/messages/notice.h"

namespace contracts {

namespace {

bool is_identifier_or_empty(std::string_view text) {
    return kIdentifier.shape.matches(text);  // which does not check the length
}

const Bounds kRecipient{0,
                        255,
                        {R"(^[^\u0000-\u0020\u007f]*$)", is_identifier_or_empty,
                         "an identifier without blanks, or empty", true}};

}  // namespace

void visit_fields(Notice& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.defaulted("user_id", message.user_id, kRecipient);
    fields.required("kind", message.kind);
    fields.optional("task_id", message.task_id, kIdentifier);
    fields.optional("project_id", message.project_id, kIdentifier);
    fields.optional("server_id", message.server_id, kIdentifier);
    fields.required("text", message.text, kNonEmptyText);
    fields.defaulted("data", message.data, kObject);
}

}  // namespace contracts
