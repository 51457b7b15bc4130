// Having a server provisioned, and taking one out of use.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct ProvisionOrder {
    bool force_reinstall = false;  // everything on it is lost: an administrator's alone
    bool is_recovery = false;      // what ran there is deployed again
};
void visit_fields(ProvisionOrder& order, contracts::FieldList& fields);

// POST /api/servers/{id}/provision
void handle_provision(Exchange&& exchange);
// POST /api/servers/{id}/release
void handle_release(Exchange&& exchange);

}  // namespace control
