#include "contracts/messages/worker.h"

namespace contracts {

namespace {

constexpr Bounds kFewEntries{0, 256};

constexpr Bounds kMemory{64, 1 << 20};
constexpr Bounds kCpu{5, 100'000};
constexpr Bounds kPids{32, 32'768};
constexpr Bounds kDisk{1, 1 << 30};

}  // namespace

void visit_fields(ResourceLimits& limits, FieldList& fields) {
    fields.optional("memory_mb", limits.memory_mb, kMemory);
    fields.optional("cpu_percent", limits.cpu_percent, kCpu);
    fields.optional("pids", limits.pids, kPids);
    fields.optional("disk_mb", limits.disk_mb, kDisk);
}

void visit_fields(WorkerConfig& config, FieldList& fields) {
    fields.required("name", config.name, kName);
    fields.required("worker_type", config.worker_type);
    fields.required("agent_type", config.agent_type);
    fields.required("instructions", config.instructions, kLongText);
    fields.required("allowed_commands", config.allowed_commands, kFewEntries);
    fields.required("capabilities", config.capabilities, kFewEntries);
    fields.defaulted("packages", config.packages, kFewEntries);
    fields.defaulted("services", config.services, kFewEntries);
    fields.defaulted("env_vars", config.env_vars, kFewEntries);
    fields.defaulted("auth_mode", config.auth_mode);
    fields.optional("limits", config.limits);
    fields.optional("host_claude_dir", config.host_claude_dir, kShortText);
    fields.optional("api_key", config.api_key, kShortText);
}

void visit_fields(CreateWorker& message, FieldList& fields) {
    visit_fields(static_cast<QueueMeta&>(message), fields);
    fields.required("command", message.command);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("config", message.config);
    fields.defaulted("context", message.context, kFewEntries);
}

void visit_fields(DeleteWorker& message, FieldList& fields) {
    visit_fields(static_cast<QueueMeta&>(message), fields);
    fields.required("command", message.command);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("worker_id", message.worker_id, kIdentifier);
}

void visit_fields(WorkerStatusQuery& message, FieldList& fields) {
    visit_fields(static_cast<QueueMeta&>(message), fields);
    fields.required("command", message.command);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("worker_id", message.worker_id, kIdentifier);
}

void visit_fields(CreateWorkerResponse& message, FieldList& fields) {
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("success", message.success);
    fields.optional("worker_id", message.worker_id, kIdentifier);
    fields.optional("error", message.error);
}

void visit_fields(DeleteWorkerResponse& message, FieldList& fields) {
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("success", message.success);
    fields.optional("error", message.error);
}

void visit_fields(WorkerStatusResponse& message, FieldList& fields) {
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("success", message.success);
    fields.optional("status", message.status);
    fields.optional("error", message.error);
}

void visit_fields(WorkerLifecycleEvent& message, FieldList& fields) {
    fields.required("worker_id", message.worker_id, kIdentifier);
    fields.required("event", message.event);
    fields.filled("timestamp", message.timestamp);
    fields.optional("result", message.result);
    fields.optional("error", message.error);
    fields.optional("exit_code", message.exit_code);
}

}  // namespace contracts
