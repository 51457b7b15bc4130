// The checkpoint of a server's provisioning. It contains neither a key nor a password.
#pragma once

#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct ProvisioningState : RequestPart, PatiencePart {
    std::string server_handle;
    bool force_reinstall = false;
    bool is_recovery = false;
    std::string server_id;  // empty: no attempt has begun
    std::string address;
    std::int64_t attempt = 0;
    bool reinstalled = false;
    bool out_of_reach = false;    // the last failure was that it does not answer
    std::string failure;          // why the last attempt failed
    std::int64_t redeployed = 0;  // services that are deployed again
};
void visit_fields(ProvisioningState& state, contracts::FieldList& fields);

}  // namespace control::graphs
