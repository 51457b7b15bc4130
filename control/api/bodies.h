// What callers send beyond contracts/entities: new rows of entities that only administrators and
// bots create, and changes. Every field of a change is optional; an absent field stays as it is.
#pragma once

#include "contracts/entities/entities.h"

#include <map>

namespace control {

struct ProjectChange {
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<contracts::ProjectStatus> status;
    std::optional<std::vector<contracts::Module>> modules;
    std::optional<std::string> repository_url;
    std::optional<std::string> github_repo_id;
    std::optional<std::string> owner_id;
    std::optional<contracts::Json> project_spec;
};
void visit_fields(ProjectChange& change, contracts::FieldList& fields);

struct TaskChange {
    std::optional<contracts::TaskStatus> status;
    std::optional<std::string> spec;
    std::optional<contracts::Json> result;
};
void visit_fields(TaskChange& change, contracts::FieldList& fields);

struct NewTaskExecution {
    std::string id;
    std::optional<std::string> task_id;
    std::string worker_id;
    std::optional<contracts::Timestamp> started_at;
    std::optional<contracts::Timestamp> finished_at;
    std::optional<std::int64_t> duration_ms;
    std::optional<std::int64_t> exit_code;
    contracts::ExecutionStatus status = contracts::ExecutionStatus::in_progress;
    std::optional<contracts::Json> result_data;
};
void visit_fields(NewTaskExecution& execution, contracts::FieldList& fields);

struct TaskExecutionChange {
    std::optional<contracts::Timestamp> started_at;
    std::optional<contracts::Timestamp> finished_at;
    std::optional<std::int64_t> duration_ms;
    std::optional<std::int64_t> exit_code;
    std::optional<contracts::ExecutionStatus> status;
    std::optional<contracts::Json> result_data;
};
void visit_fields(TaskExecutionChange& change, contracts::FieldList& fields);

struct NewUser {
    std::string telegram_id;
    bool is_admin = false;
};
void visit_fields(NewUser& user, contracts::FieldList& fields);

struct UserChange {
    std::optional<std::string> telegram_id;
    std::optional<bool> is_admin;
};
void visit_fields(UserChange& change, contracts::FieldList& fields);

// The answer of /health and similar routes.
struct Health {
    std::string status = "ok";
};
void visit_fields(Health& health, contracts::FieldList& fields);

// The answer of /readyz: the daemon's parts by name, each "ok" or "failing". The reasons are only
// in the log.
struct Readiness {
    std::string status = "ok";
    std::map<std::string, std::string> parts;
};
void visit_fields(Readiness& readiness, contracts::FieldList& fields);

// A daemon as it announced itself.
struct DaemonEntry {
    std::string name;
    std::string host;
    std::vector<std::string> roles;
    std::vector<std::string> streams;  // those it reads
    std::vector<std::string> calls;    // those it executes
    bool alive = false;
    contracts::Timestamp started_at{};
    contracts::Timestamp seen_at{};
    std::optional<contracts::Timestamp> forgotten_at{};  // when others took over its workers
};
void visit_fields(DaemonEntry& daemon, contracts::FieldList& fields);

// Work that waits for a daemon: a stream or a call, and the running daemons that pick it up.
struct WorkEntry {
    std::string work;
    std::string role;  // the role that picks it up
    std::vector<std::string> picked_up_by;
    std::optional<std::string> problem{};  // "no daemon reads deploy:queue"
    std::optional<std::string> next_step{};
};
void visit_fields(WorkEntry& work, contracts::FieldList& fields);

// The answer to a new task.
struct NewTaskAnswer : contracts::Task {
    std::optional<std::string> warning{};  // set if no daemon would pick it up at the moment
};
void visit_fields(NewTaskAnswer& answer, contracts::FieldList& fields);

}  // namespace control
