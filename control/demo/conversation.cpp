#include "control/demo/conversation.h"

#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"

namespace control::demo {

namespace names = contracts::names;

using contracts::Channel;
using contracts::ChatMessage;
using contracts::ChatReply;
using contracts::Connection;
using contracts::fail;
using contracts::Reply;
using contracts::Result;

Result<Conversation> Conversation::begin(const contracts::RedisAddress& redis,
                                         std::string user_id) {
    Result<Connection> connection = Connection::dial(redis);
    if (!connection) return connection.fault();
    return Conversation(std::move(*connection), std::move(user_id));
}

Result<void> Conversation::say(const std::string& text, const contracts::Clock& clock) {
    ChatMessage message;
    static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(clock);
    message.request_id = message.message_id = message.correlation_id;
    message.user_id = message.address = user_id_;
    message.channel = Channel::terminal;
    message.text = text;
    Result<std::string> sent = contracts::publish(connection_, names::kChatInbox, message);
    if (!sent) return sent.fault();
    return {};
}

Result<std::vector<ChatReply>> Conversation::hear(std::chrono::milliseconds patience) {
    const std::string block = std::to_string(patience.count());
    const std::string outbox = names::chat_outbox(contracts::to_text(Channel::terminal));
    Result<Reply> reply =
        connection_.command({"XREAD", "COUNT", "100", "BLOCK", block, "STREAMS", outbox, last_},
                            patience + contracts::kCommandTimeout);
    if (!reply) return reply.fault();
    std::vector<ChatReply> heard;
    for (const contracts::Entry& entry : contracts::read_streams(reply->view()).present) {
        last_ = entry.id;
        Result<ChatReply> one = contracts::parse_entry<ChatReply>(entry);
        if (one && one->address == user_id_) heard.push_back(std::move(*one));
    }
    return heard;
}

}  // namespace control::demo
