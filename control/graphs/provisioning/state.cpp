#include "control/graphs/provisioning/state.h"

namespace control::graphs {

void visit_fields(ProvisioningState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<RequestPart&>(state), fields);
    visit_fields(static_cast<PatiencePart&>(state), fields);
    fields.required("server_handle", state.server_handle);
    fields.defaulted("force_reinstall", state.force_reinstall);
    fields.defaulted("is_recovery", state.is_recovery);
    fields.defaulted("server_id", state.server_id);
    fields.defaulted("address", state.address);
    fields.defaulted("attempt", state.attempt);
    fields.defaulted("reinstalled", state.reinstalled);
    fields.defaulted("out_of_reach", state.out_of_reach);
    fields.defaulted("failure", state.failure);
    fields.defaulted("redeployed", state.redeployed);
}

}  // namespace control::graphs
