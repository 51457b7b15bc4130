#include "contracts/messages/developer.h"

namespace contracts {

void visit_fields(DeveloperWorkerInput& message, FieldList& fields) {
    fields.filled("version", message.version);
    fields.required("request_id", message.request_id, kIdentifier);
    fields.required("task_id", message.task_id, kIdentifier);
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("prompt", message.prompt, kNonEmptyText);
    fields.defaulted("timeout", message.timeout, kTurnSeconds);
    fields.filled("timestamp", message.timestamp);
    fields.optional("correlation_id", message.correlation_id, kIdentifier);
    fields.optional("traceparent", message.traceparent, kShortText);
}

void visit_fields(DeveloperWorkerOutput& message, FieldList& fields) {
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.required("task_id", message.task_id, kIdentifier);
    fields.optional("commit_sha", message.commit_sha);
    fields.optional("pr_url", message.pr_url, kShortText);
    fields.filled("timestamp", message.timestamp);
    fields.optional("summary", message.summary);
    fields.optional("data", message.data);
    fields.optional("push_error", message.push_error);
    fields.optional("kept_ref", message.kept_ref);
    fields.optional("usage", message.usage);
}

void visit_fields(AgentVerdict& message, FieldList& fields) {
    fields.required("status", message.status);
    fields.required("summary", message.summary);
    fields.defaulted("data", message.data);
}

}  // namespace contracts
