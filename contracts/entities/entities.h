// The entities of the REST API: the rows of the store as the API sends them. Field lists like a
// message's, so that bodies are read, written and published in /openapi.json from one place.
#pragma once

#include "contracts/fields/field_list.h"
#include "contracts/messages/scaffolder.h"

namespace contracts {

enum class ProjectStatus {
    draft,
    scaffolding,
    scaffolded,
    developing,
    testing,
    deploying,
    active,
    failed,
    archived,
    discovered,
    missing,
};
inline constexpr std::string_view kProjectStatusNames[] = {
    "draft",  "scaffolding", "scaffolded", "developing", "testing", "deploying",
    "active", "failed",      "archived",   "discovered", "missing"};
constexpr Choices choices_of(ProjectStatus) {
    return kProjectStatusNames;
}

struct Project {
    std::string id;
    std::string name;
    std::optional<std::string> description;
    ProjectStatus status = ProjectStatus::draft;
    std::vector<Module> modules;
    std::optional<std::string> repository_url;
    std::optional<std::string> github_repo_id;
    std::optional<std::string> owner_id;
    std::optional<Json> project_spec;
};
void visit_fields(Project& project, FieldList& fields);

enum class TaskType { engineering, deploy };
inline constexpr std::string_view kTaskTypeNames[] = {"engineering", "deploy"};
constexpr Choices choices_of(TaskType) {
    return kTaskTypeNames;
}

enum class TaskStatus { queued, running, completed, failed, cancelled };
inline constexpr std::string_view kTaskStatusNames[] = {"queued", "running", "completed", "failed",
                                                        "cancelled"};
constexpr Choices choices_of(TaskStatus) {
    return kTaskStatusNames;
}

struct Task {
    std::string id;
    std::string project_id;
    TaskType type = TaskType::engineering;
    TaskStatus status = TaskStatus::queued;
    std::optional<std::string> spec;
    std::optional<Json> result;
    std::optional<std::string> request_id{};  // of its message
    Timestamp created_at{};
    std::optional<Timestamp> updated_at;
};
void visit_fields(Task& task, FieldList& fields);

enum class ExecutionStatus { success, failure, in_progress, error };
inline constexpr std::string_view kExecutionStatusNames[] = {"success", "failure", "in_progress",
                                                             "error"};
constexpr Choices choices_of(ExecutionStatus) {
    return kExecutionStatusNames;
}

// One run of a worker; `id` is the request_id.
struct TaskExecution {
    std::string id;
    std::optional<std::string> task_id;
    std::string worker_id;
    std::optional<Timestamp> started_at;
    std::optional<Timestamp> finished_at;
    std::optional<std::int64_t> duration_ms;
    std::optional<std::int64_t> exit_code;
    ExecutionStatus status = ExecutionStatus::in_progress;
    std::optional<Json> result_data;
    Timestamp created_at{};
};
void visit_fields(TaskExecution& execution, FieldList& fields);

struct User {
    std::string id;
    std::string telegram_id;
    bool is_admin = false;
};
void visit_fields(User& user, FieldList& fields);

// The bodies of POST: what a caller may choose.
struct NewProject {
    std::string name;
    std::optional<std::string> description;
    std::vector<Module> modules;
    std::optional<std::string> repository_url;
    std::optional<Json> project_spec;
};
void visit_fields(NewProject& project, FieldList& fields);

struct NewTask {
    std::string project_id;
    TaskType type = TaskType::engineering;
    std::optional<std::string> spec;
    // The request_id of the message that will open it: if the sender never sends that message, the
    // sweep does, under this same id.
    std::optional<std::string> request_id{};
};
void visit_fields(NewTask& task, FieldList& fields);

}  // namespace contracts
