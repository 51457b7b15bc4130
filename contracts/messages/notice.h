// chat:notices: events of a user's work that are reported without a request. A graph publishes a
// notice in the transaction of the transition that it reports.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

enum class NoticeKind {
    task_completed,
    task_blocked,
    task_failed,
    secret_needed,
    deployed,
    deploy_failed,
    provisioned,
    provision_failed,
    incident,
    reminder,  // what the Product Owner asked for; only for the Product Owner
    digest,    // a summary of the current state; only for the user
};
inline constexpr std::string_view kNoticeKindNames[] = {
    "task_completed", "task_blocked",  "task_failed", "secret_needed",
    "deployed",       "deploy_failed", "provisioned", "provision_failed",
    "incident",       "reminder",      "digest"};
constexpr Choices choices_of(NoticeKind) {
    return kNoticeKindNames;
}

// `request_id` is the notice's identity: a second one with the same id is dropped.
struct Notice : BaseMessage {
    std::string user_id;  // empty: every admin
    NoticeKind kind = NoticeKind::task_completed;
    std::optional<std::string> task_id;
    std::optional<std::string> project_id;
    std::optional<std::string> server_id;
    std::string text;            // one or two plain sentences, shown as they are
    Json data = Json::object();  // what an agent may want to know in addition
};
void visit_fields(Notice& message, FieldList& fields);

}  // namespace contracts
