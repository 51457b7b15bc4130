#include "contracts/messages/chat.h"

namespace contracts {

void visit_fields(ChatMessage& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("user_id", message.user_id, kIdentifier);
    fields.required("channel", message.channel);
    fields.required("address", message.address, kIdentifier);
    fields.required("text", message.text, kLongText);
    fields.required("message_id", message.message_id, kIdentifier);
}

void visit_fields(ChatReply& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("address", message.address, kIdentifier);
    fields.required("text", message.text, kLongText);
    fields.required("kind", message.kind);
    fields.optional("replaces", message.replaces, kIdentifier);
}

}  // namespace contracts
