// provisioner:queue and provisioner:results.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

struct ProvisionerMessage : BaseMessage {
    std::string server_handle;
    bool force_reinstall = false;
    bool is_recovery = false;
};
void visit_fields(ProvisionerMessage& message, FieldList& fields);

struct ProvisionerResult : BaseResult {
    std::string server_handle;
    std::optional<std::string> server_ip;
    std::int64_t services_redeployed = 0;
    std::optional<std::vector<std::string>> errors;
};
void visit_fields(ProvisionerResult& message, FieldList& fields);

}  // namespace contracts
