#include "contracts/messages/graph_command.h"

namespace contracts {

void visit_fields(GraphCommand& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("command", message.command);
    fields.required("task_id", message.task_id, kIdentifier);
    fields.optional("node", message.node, kShortText);
    fields.optional("text", message.text, kLongText);
    fields.optional("user_id", message.user_id, kIdentifier);
}

}  // namespace contracts
