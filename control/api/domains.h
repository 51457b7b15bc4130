// The names under which a project is reached over https, as the API serves them.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct ProjectDomain {
    std::string domain;
    std::string state;                    // "waiting", "leading", "live"
    std::optional<std::string> reason{};  // why it does not answer
    bool is_own = false;                  // added by the user; otherwise assigned by the daemon
    contracts::Timestamp since{};         // when the state began
};
void visit_fields(ProjectDomain& domain, contracts::FieldList& fields);

// GET /api/projects/{id}/domains
void handle_list_domains(Exchange&& exchange);
// PUT /api/projects/{id}/domains/{name}: it is used once its DNS entry leads here.
void handle_add_domain(Exchange&& exchange);
// DELETE /api/projects/{id}/domains/{name}
void handle_remove_domain(Exchange&& exchange);

}  // namespace control
