// worker:commands, the responses to them, and worker:lifecycle.
#pragma once

#include "contracts/messages/meta.h"

#include <variant>

namespace contracts {

enum class WorkerType { po, developer };
inline constexpr std::string_view kWorkerTypeNames[] = {"po", "developer"};
constexpr Choices choices_of(WorkerType) {
    return kWorkerTypeNames;
}

enum class AgentType { claude, factory, codex, custom, acp };
inline constexpr std::string_view kAgentTypeNames[] = {"claude", "factory", "codex", "custom",
                                                       "acp"};
constexpr Choices choices_of(AgentType) {
    return kAgentTypeNames;
}

enum class Capability { git, github_cli, curl, docker };
inline constexpr std::string_view kCapabilityNames[] = {"git", "github_cli", "curl", "docker"};
constexpr Choices choices_of(Capability) {
    return kCapabilityNames;
}

// What a project's tests may use, reachable only in the worker's own network.
enum class TestService { postgres, redis };
inline constexpr std::string_view kTestServiceNames[] = {"postgres", "redis"};
constexpr Choices choices_of(TestService) {
    return kTestServiceNames;
}

enum class AuthMode { host_session, api_key };
inline constexpr std::string_view kAuthModeNames[] = {"host_session", "api_key"};
constexpr Choices choices_of(AuthMode) {
    return kAuthModeNames;
}

// How much a worker may use. What is absent is as the daemon has it for every worker, and the
// daemon bounds what may be asked for.
struct ResourceLimits {
    std::optional<std::int64_t> memory_mb;    // without swap
    std::optional<std::int64_t> cpu_percent;  // of one processor
    std::optional<std::int64_t> pids;         // processes and threads
    std::optional<std::int64_t> disk_mb;      // of its files together
};
void visit_fields(ResourceLimits& limits, FieldList& fields);

struct WorkerConfig {
    std::string name;
    WorkerType worker_type = WorkerType::developer;
    AgentType agent_type = AgentType::claude;
    std::string instructions;
    std::vector<std::string> allowed_commands;
    std::vector<Capability> capabilities;
    std::vector<std::string> packages;  // contracts/messages/packages.h
    std::vector<TestService> services;
    std::map<std::string, std::string> env_vars;
    AuthMode auth_mode = AuthMode::api_key;
    std::optional<ResourceLimits> limits;
    std::optional<std::string> host_claude_dir;
    std::optional<std::string> api_key;
};
void visit_fields(WorkerConfig& config, FieldList& fields);

// One value for each `command`; each visits that constant itself.
enum class CreateCommand { create };
inline constexpr std::string_view kCreateNames[] = {"create"};
constexpr Choices choices_of(CreateCommand) {
    return kCreateNames;
}
enum class DeleteCommand { remove };
inline constexpr std::string_view kDeleteNames[] = {"delete"};
constexpr Choices choices_of(DeleteCommand) {
    return kDeleteNames;
}
enum class StatusCommand { status };
inline constexpr std::string_view kStatusNames[] = {"status"};
constexpr Choices choices_of(StatusCommand) {
    return kStatusNames;
}

// `context` says what the worker is for: "task_id", "project_id", "user_id", "branch",
// "workspace_commit" …
struct CreateWorker : QueueMeta {
    CreateCommand command = CreateCommand::create;
    std::string request_id;
    WorkerConfig config;
    std::map<std::string, std::string> context;
};
void visit_fields(CreateWorker& message, FieldList& fields);

struct DeleteWorker : QueueMeta {
    DeleteCommand command = DeleteCommand::remove;
    std::string request_id;
    std::string worker_id;
};
void visit_fields(DeleteWorker& message, FieldList& fields);

struct WorkerStatusQuery : QueueMeta {
    StatusCommand command = StatusCommand::status;
    std::string request_id;
    std::string worker_id;
};
void visit_fields(WorkerStatusQuery& message, FieldList& fields);

using WorkerCommand = std::variant<CreateWorker, DeleteWorker, WorkerStatusQuery>;

enum class WorkerState { queued, starting, running, paused, stopped, failed };
inline constexpr std::string_view kWorkerStateNames[] = {"queued", "starting", "running",
                                                         "paused", "stopped",  "failed"};
constexpr Choices choices_of(WorkerState) {
    return kWorkerStateNames;
}

struct CreateWorkerResponse {
    std::string request_id;
    bool success = false;
    std::optional<std::string> worker_id;
    std::optional<std::string> error;
};
void visit_fields(CreateWorkerResponse& message, FieldList& fields);

struct DeleteWorkerResponse {
    std::string request_id;
    bool success = false;
    std::optional<std::string> error;
};
void visit_fields(DeleteWorkerResponse& message, FieldList& fields);

struct WorkerStatusResponse {
    std::string request_id;
    bool success = false;
    std::optional<WorkerState> status;
    std::optional<std::string> error;
};
void visit_fields(WorkerStatusResponse& message, FieldList& fields);

enum class LifecycleEvent { started, completed, failed, stopped };
inline constexpr std::string_view kLifecycleEventNames[] = {"started", "completed", "failed",
                                                            "stopped"};
constexpr Choices choices_of(LifecycleEvent) {
    return kLifecycleEventNames;
}

// `result` has the receipt of the run that ended.
struct WorkerLifecycleEvent {
    std::string worker_id;
    LifecycleEvent event = LifecycleEvent::started;
    Timestamp timestamp{};
    std::optional<Json> result;
    std::optional<std::string> error;
    std::optional<std::int64_t> exit_code;
};
void visit_fields(WorkerLifecycleEvent& message, FieldList& fields);

// The value of the `status` field of worker:status:{id}.
enum class WorkerStatus { starting, running, paused, completed, failed, stopped };
inline constexpr std::string_view kWorkerStatusNames[] = {"STARTING",  "RUNNING", "PAUSED",
                                                          "COMPLETED", "FAILED",  "STOPPED"};
constexpr Choices choices_of(WorkerStatus) {
    return kWorkerStatusNames;
}

}  // namespace contracts
