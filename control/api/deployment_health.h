// How deployments have answered lately, hour by hour, as the page draws it.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct DeploymentHealth {
    std::string deployment_id;
    std::string service_name;
    // {"begins": time, "hits": number, "misses": number}, the oldest first; an hour without a check
    // is left out.
    contracts::Json hours = contracts::Json::array();
};
void visit_fields(DeploymentHealth& health, contracts::FieldList& fields);

// Covers the last week. A caller sees the deployments that the caller may list.
void handle_deployment_health(Exchange&& exchange);

}  // namespace control
