#include "contracts/messages/scaffolder.h"

namespace contracts {

void visit_fields(ScaffolderMessage& message, FieldList& fields) {
    visit_fields(static_cast<BaseMessage&>(message), fields);
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("project_name", message.project_name, kName);
    fields.required("modules", message.modules);
    fields.optional("repo_full_name", message.repo_full_name, kShortText);
}

void visit_fields(ScaffolderResult& message, FieldList& fields) {
    visit_fields(static_cast<BaseResult&>(message), fields);
    fields.required("project_id", message.project_id, kIdentifier);
    fields.required("repo_url", message.repo_url, kShortText);
    fields.defaulted("files_generated", message.files_generated, kNotNegative);
}

}  // namespace contracts
