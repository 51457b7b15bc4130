#include "contracts/entities/entities.h"

namespace contracts {

namespace {

constexpr Bounds kDescription{0, 16'384};
constexpr Bounds kSpec{1, 1 << 20};
constexpr Bounds kModules{0, 3};

}  // namespace

void visit_fields(Project& project, FieldList& fields) {
    fields.required("id", project.id, kIdentifier);
    fields.required("name", project.name, kName);
    fields.optional("description", project.description, kDescription);
    fields.required("status", project.status);
    fields.defaulted("modules", project.modules, kModules);
    fields.optional("repository_url", project.repository_url, kShortText);
    fields.optional("github_repo_id", project.github_repo_id, kIdentifier);
    fields.optional("owner_id", project.owner_id, kIdentifier);
    fields.optional("project_spec", project.project_spec);
}

void visit_fields(Task& task, FieldList& fields) {
    fields.required("id", task.id, kIdentifier);
    fields.required("project_id", task.project_id, kIdentifier);
    fields.required("type", task.type);
    fields.required("status", task.status);
    fields.optional("spec", task.spec, kSpec);
    fields.optional("result", task.result);
    fields.optional("request_id", task.request_id, kIdentifier);
    fields.required("created_at", task.created_at);
    fields.optional("updated_at", task.updated_at);
}

void visit_fields(TaskExecution& execution, FieldList& fields) {
    fields.required("id", execution.id, kIdentifier);
    fields.optional("task_id", execution.task_id, kIdentifier);
    fields.required("worker_id", execution.worker_id, kIdentifier);
    fields.optional("started_at", execution.started_at);
    fields.optional("finished_at", execution.finished_at);
    fields.optional("duration_ms", execution.duration_ms, kNotNegative);
    fields.optional("exit_code", execution.exit_code);
    fields.required("status", execution.status);
    fields.optional("result_data", execution.result_data);
    fields.required("created_at", execution.created_at);
}

void visit_fields(User& user, FieldList& fields) {
    fields.required("id", user.id, kIdentifier);
    fields.required("telegram_id", user.telegram_id, kIdentifier);
    fields.defaulted("is_admin", user.is_admin);
}

void visit_fields(NewProject& project, FieldList& fields) {
    fields.required("name", project.name, kName);
    fields.optional("description", project.description, kDescription);
    fields.defaulted("modules", project.modules, kModules);
    fields.optional("repository_url", project.repository_url, kShortText);
    fields.optional("project_spec", project.project_spec);
}

void visit_fields(NewTask& task, FieldList& fields) {
    fields.required("project_id", task.project_id, kIdentifier);
    fields.defaulted("type", task.type);
    fields.optional("spec", task.spec, kSpec);
    fields.optional("request_id", task.request_id, kIdentifier);
}

}  // namespace contracts
