// The conversation of a user and a Product Owner, as /api/conversations returns it.
#pragma once

#include "contracts/messages/chat.h"

namespace contracts {

enum class Speaker { user, owner, notice };
inline constexpr std::string_view kSpeakerNames[] = {"user", "owner", "notice"};
constexpr Choices choices_of(Speaker) {
    return kSpeakerNames;
}

struct ConversationMessage {
    std::string id;
    std::string user_id;
    Channel channel = Channel::terminal;
    Speaker role = Speaker::user;  // `owner`: the Product Owner
    std::string text;
    Timestamp created_at{};
};
void visit_fields(ConversationMessage& message, FieldList& fields);

}  // namespace contracts
