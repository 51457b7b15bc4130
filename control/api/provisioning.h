// Requests to provision a server and to take one out of use.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct ProvisionOrder {
    bool force_reinstall = false;  // erases everything on it; administrators only
    bool is_recovery = false;      // deploy again what ran there
};
void visit_fields(ProvisionOrder& order, contracts::FieldList& fields);

// POST /api/servers/{id}/provision
void handle_provision(Exchange&& exchange);
// POST /api/servers/{id}/release
void handle_release(Exchange&& exchange);

}  // namespace control
