// engineering:queue and what the engineering graph answers with.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

struct EngineeringMessage : BaseMessage {
    std::string task_id;
    std::string project_id;
    std::string user_id;
};
void visit_fields(EngineeringMessage& message, FieldList& fields);

struct EngineeringResult : BaseResult {
    std::optional<std::vector<std::string>> files_changed;
    std::optional<std::string> commit_sha;
    std::optional<std::string> branch;
};
void visit_fields(EngineeringResult& message, FieldList& fields);

}  // namespace contracts
