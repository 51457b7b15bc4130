#include "contracts/messages/workflow.h"

namespace contracts {

void visit_fields(WorkflowTriggerRequest& message, FieldList& fields) {
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("repo_full_name", message.repo_full_name, kIdentifier);
    fields.defaulted("workflow_file", message.workflow_file, kIdentifier);
    fields.defaulted("inputs", message.inputs);
}

void visit_fields(WorkflowStatusResult& message, FieldList& fields) {
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.optional("run_id", message.run_id, kIdentifier);
    fields.optional("run_url", message.run_url, kShortText);
    fields.optional("deployed_url", message.deployed_url, kShortText);
    fields.optional("conclusion", message.conclusion);
}

void visit_fields(WorkflowStatusEvent& message, FieldList& fields) {
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("run_id", message.run_id, kIdentifier);
    fields.required("status", message.status);
    fields.optional("conclusion", message.conclusion);
    fields.optional("current_step", message.current_step);
    fields.filled("timestamp", message.timestamp);
}

}  // namespace contracts
