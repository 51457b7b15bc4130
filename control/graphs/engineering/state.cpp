#include "control/graphs/engineering/state.h"

#include "contracts/entities/planned.h"
#include "contracts/entities/repository_name.h"

namespace control::graphs {

void visit_fields(EngineeringState& state, contracts::FieldList& fields) {
    visit_fields(static_cast<TaskPart&>(state), fields);
    visit_fields(static_cast<TurnPart&>(state), fields);
    visit_fields(static_cast<PatiencePart&>(state), fields);
    visit_fields(static_cast<PlanPart&>(state), fields);
    fields.required("spec", state.spec);
    fields.required("repository", state.repository);
    fields.required("branch", state.branch);
    fields.defaulted("location", state.location);
    fields.defaulted("project_status", state.project_status);
    fields.defaulted("rounds_done", state.rounds_done);
    fields.defaulted("last_round", state.last_round);
    fields.defaulted("looks", state.looks);
    fields.defaulted("feedback", state.feedback);
    fields.defaulted("fault", state.fault);
    fields.defaulted("reported", state.reported);
    fields.defaulted("push_error", state.push_error);
    fields.defaulted("kept_ref", state.kept_ref);
    fields.defaulted("commit", state.commit);
    fields.defaulted("tested_commit", state.tested_commit);
    fields.defaulted("files", state.files);
    fields.defaulted("test_command", state.test_command);
    fields.defaulted("packages", state.packages);
    fields.defaulted("services", state.services);
    fields.defaulted("summary", state.summary);
    fields.defaulted("merged", state.merged);
    fields.defaulted("scaffold", state.scaffold);
    fields.defaulted("project_name", state.project_name);
    fields.defaulted("project_description", state.project_description);
    fields.defaulted("modules", state.modules);
}

EngineeringState begin_engineering(const contracts::EngineeringMessage& message,
                                   const contracts::Task& task, const contracts::Project& project) {
    EngineeringState state;
    take_request(state, message);
    state.task_id = task.id;
    state.project_id = project.id;
    state.user_id = message.user_id;
    state.spec = task.spec.value_or("");
    if (auto work = contracts::work_to_plan(state.spec)) {
        state.is_planned = true;
        state.spec = std::move(*work);
    }
    if (state.spec.empty()) state.spec = project.description.value_or("");
    if (state.spec.empty()) state.spec = "Build the project " + project.name + ".";
    state.repository = contracts::repository_of(project);
    state.location = project.repository_url.value_or("");
    state.branch = "task/" + task.id;
    state.project_status = contracts::to_text(project.status);
    // A project that has its own repository starts from the content of that.
    state.scaffold = project.status == contracts::ProjectStatus::draft && !project.repository_url;
    state.project_name = project.name;
    state.project_description = project.description.value_or("");
    for (const contracts::Module module : project.modules)
        state.modules.emplace_back(contracts::to_text(module));
    return state;
}

}  // namespace control::graphs
