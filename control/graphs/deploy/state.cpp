#include "control/graphs/deploy/state.h"

namespace control::graphs {

void visit_fields(DeployState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<TaskPart&>(state), fields);
    visit_fields(static_cast<TurnPart&>(state), fields);
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
    fields.defaulted("no_room", state.no_room);
    fields.optional("room_asked_at", state.room_asked_at);
    fields.defaulted("room_look_s", state.room_look_s);
    fields.defaulted("moved", state.moved);
    fields.defaulted("way", state.way);
    fields.defaulted("previous_commit", state.previous_commit);
    fields.defaulted("is_going_back", state.is_going_back);
    fields.defaulted("starts", state.starts);
    fields.defaulted("run", state.run);
    fields.defaulted("tag", state.tag);
    fields.defaulted("run_status", state.run_status);
    fields.optional("since", state.since);
    fields.defaulted("run_look_s", state.run_look_s);
    fields.defaulted("after_pause", state.after_pause);
    fields.defaulted("is_cancelled", state.is_cancelled);
    fields.defaulted("fingerprint", state.fingerprint);
    fields.defaulted("fixes", state.fixes);
    fields.defaulted("all_fixes", state.all_fixes);
    fields.defaulted("fix_task", state.fix_task);
    fields.defaulted("criteria", state.criteria);
    fields.defaulted("verdict", state.verdict);
    fields.defaulted("was_deployed", state.was_deployed);
    fields.defaulted("left", state.left);
    fields.defaulted("fault", state.fault);
    fields.defaulted("fault_log", state.fault_log);
}

}  // namespace control::graphs
