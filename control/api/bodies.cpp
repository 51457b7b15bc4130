#include "control/api/bodies.h"

namespace control {

using contracts::Bounds;
using contracts::FieldList;
using contracts::kIdentifier;
using contracts::kName;
using contracts::kNotNegative;
using contracts::kShortText;

namespace {

// The same bounds as in the entities' own lists of fields.
constexpr Bounds kDescription{0, 16'384};
constexpr Bounds kSpec{1, 1 << 20};
constexpr Bounds kModules{0, 3};

}  // namespace

void visit_fields(ProjectChange& change, FieldList& fields) {
    fields.optional("name", change.name, kName);
    fields.optional("description", change.description, kDescription);
    fields.optional("status", change.status);
    fields.optional("modules", change.modules, kModules);
    fields.optional("repository_url", change.repository_url, kShortText);
    fields.optional("github_repo_id", change.github_repo_id, kIdentifier);
    fields.optional("owner_id", change.owner_id, kIdentifier);
    fields.optional("project_spec", change.project_spec);
}

void visit_fields(TaskChange& change, FieldList& fields) {
    fields.optional("status", change.status);
    fields.optional("spec", change.spec, kSpec);
    fields.optional("result", change.result);
}

void visit_fields(NewTaskExecution& execution, FieldList& fields) {
    fields.required("id", execution.id, kIdentifier);
    fields.optional("task_id", execution.task_id, kIdentifier);
    fields.required("worker_id", execution.worker_id, kIdentifier);
    fields.optional("started_at", execution.started_at);
    fields.optional("finished_at", execution.finished_at);
    fields.optional("duration_ms", execution.duration_ms, kNotNegative);
    fields.optional("exit_code", execution.exit_code);
    fields.defaulted("status", execution.status);
    fields.optional("result_data", execution.result_data);
}

void visit_fields(TaskExecutionChange& change, FieldList& fields) {
    fields.optional("started_at", change.started_at);
    fields.optional("finished_at", change.finished_at);
    fields.optional("duration_ms", change.duration_ms, kNotNegative);
    fields.optional("exit_code", change.exit_code);
    fields.optional("status", change.status);
    fields.optional("result_data", change.result_data);
}

void visit_fields(NewUser& user, FieldList& fields) {
    fields.required("telegram_id", user.telegram_id, kIdentifier);
    fields.defaulted("is_admin", user.is_admin);
}

void visit_fields(UserChange& change, FieldList& fields) {
    fields.optional("telegram_id", change.telegram_id, kIdentifier);
    fields.optional("is_admin", change.is_admin);
}

void visit_fields(Health& health, FieldList& fields) {
    fields.required("status", health.status, kShortText);
}

void visit_fields(Readiness& readiness, FieldList& fields) {
    fields.required("status", readiness.status, kShortText);
    fields.required("parts", readiness.parts);
}

void visit_fields(DaemonEntry& daemon, FieldList& fields) {
    fields.required("name", daemon.name, kIdentifier);
    fields.required("host", daemon.host, kShortText);
    fields.required("roles", daemon.roles);
    fields.required("streams", daemon.streams);
    fields.required("calls", daemon.calls);
    fields.required("alive", daemon.alive);
    fields.required("started_at", daemon.started_at);
    fields.required("seen_at", daemon.seen_at);
    fields.optional("forgotten_at", daemon.forgotten_at);
}

void visit_fields(WorkEntry& work, FieldList& fields) {
    fields.required("work", work.work, kShortText);
    fields.required("role", work.role, kShortText);
    fields.required("picked_up_by", work.picked_up_by);
    fields.optional("problem", work.problem);
    fields.optional("next_step", work.next_step);
}

void visit_fields(NewTaskAnswer& answer, FieldList& fields) {
    visit_fields(static_cast<contracts::Task&>(answer), fields);
    fields.optional("warning", answer.warning);
}

}  // namespace control
