#include "control/graphs/deploy/state.h"

namespace control::graphs {

void visit_fields(DeployState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<TaskPart&>(state), fields);
    visit_fields(static_cast<PatiencePart&>(state), fields);
    fields.required("action", state.action);
    fields.required("project_name", state.project_name);
    fields.defaulted("project_status", state.project_status);
    fields.required("repository", state.repository);
    fields.defaulted("commit", state.commit);
    fields.defaulted("server_id", state.server_id);
    fields.defaulted("server_ip", state.server_ip);
    fields.defaulted("port", state.port);
    fields.defaulted("health", state.health);
    fields.defaulted("url", state.url);
    fields.defaulted("missing", state.missing);
    fields.optional("asked_at", state.asked_at);
    fields.defaulted("reminded", state.reminded);
    fields.defaulted("look_s", state.look_s);
    fields.defaulted("moved", state.moved);
    fields.defaulted("fault", state.fault);
    fields.defaulted("fault_log", state.fault_log);
}

}  // namespace control::graphs
