// A user's message from a messenger (chat:inbox), and the chat's replies for that messenger
// (chat:outbox:{channel}).
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

// The messenger: one program reads each chat:outbox:{channel}.
enum class Channel { terminal, telegram, web };
inline constexpr std::string_view kChannelNames[] = {"terminal", "telegram", "web"};
constexpr Choices choices_of(Channel) {
    return kChannelNames;
}

// `user_id` is the id of a row in users. A messenger passes on any text, even an empty one: the
// chat replies when it cannot use it.
struct ChatMessage : BaseMessage {
    std::string user_id;
    Channel channel = Channel::terminal;
    std::string address;  // where answers go within the channel: a chat id, a session
    std::string text;
    std::string message_id;  // unique within the channel: a second delivery is dropped
};
void visit_fields(ChatMessage& message, FieldList& fields);

enum class ReplyKind { answer, progress, notice, error };
inline constexpr std::string_view kReplyKindNames[] = {"answer", "progress", "notice", "error"};
constexpr Choices choices_of(ReplyKind) {
    return kReplyKindNames;
}

// A messenger shows each `request_id` once; Redis may deliver it again.
struct ChatReply : BaseMessage {
    std::string address;
    std::string text;
    ReplyKind kind = ReplyKind::answer;
    // The request_id of the progress message that this one replaces.
    std::optional<std::string> replaces;
};
void visit_fields(ChatReply& message, FieldList& fields);

}  // namespace contracts
