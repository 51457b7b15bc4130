#include "contracts/messages/deploy.h"

namespace contracts {

void visit_fields(DeployMessage& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("task_id", message.task_id, kIdentifier);
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("user_id", message.user_id, kIdentifier);
}

void visit_fields(DeployResult& message, FieldList& fields) {
    constexpr Bounds kPort{1, 65'535};
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.optional("deployed_url", message.deployed_url, kShortText);
    fields.optional("server_ip", message.server_ip, kShortText);
    fields.optional("port", message.port, kPort);
}

}  // namespace contracts
