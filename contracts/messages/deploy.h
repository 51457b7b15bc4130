// deploy:queue and what the deploy graph answers with.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

struct DeployMessage : BaseMessage {
    std::string task_id;
    std::string project_id;
    std::string user_id;
};
void visit_fields(DeployMessage& message, FieldList& fields);

struct DeployResult : BaseResult {
    std::optional<std::string> deployed_url;
    std::optional<std::string> server_ip;
    std::optional<std::int64_t> port;
};
void visit_fields(DeployResult& message, FieldList& fields);

}  // namespace contracts
