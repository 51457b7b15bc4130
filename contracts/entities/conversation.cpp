#include "contracts/entities/conversation.h"

namespace contracts {

void visit_fields(ConversationMessage& message, FieldList& fields) {
    fields.required("id", message.id, kIdentifier);
    fields.required("user_id", message.user_id, kIdentifier);
    fields.required("channel", message.channel);
    fields.required("role", message.role);
    fields.required("text", message.text, kLongText);
    fields.required("created_at", message.created_at);
}

}  // namespace contracts
