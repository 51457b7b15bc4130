#include "contracts/messages/provisioner.h"

namespace contracts {

void visit_fields(ProvisionerMessage& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("server_handle", message.server_handle, kIdentifier);
    fields.defaulted("force_reinstall", message.force_reinstall);
    fields.defaulted("is_recovery", message.is_recovery);
}

void visit_fields(ProvisionerResult& message, FieldList& fields) {
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.required("server_handle", message.server_handle, kIdentifier);
    fields.optional("server_ip", message.server_ip, kShortText);
    fields.defaulted("services_redeployed", message.services_redeployed, kNotNegative);
    fields.optional("errors", message.errors);
}

}  // namespace contracts
