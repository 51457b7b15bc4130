// The demo's side of the chat: what the user writes, and what the chat has the user shown.
//
// Failure: the connection's. Thread: one, except `interrupt`.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/messages/chat.h"
#include "contracts/streams/connection.h"

#include <chrono>
#include <string>
#include <vector>

namespace control::demo {

class Conversation {
public:
    // Before anything was said: every reply to this user is heard.
    [[nodiscard]] static contracts::Result<Conversation> begin(const contracts::RedisAddress& redis,
                                                               std::string user_id);

    [[nodiscard]] contracts::Result<void> say(const std::string& text,
                                              const contracts::Clock& clock);
    // The replies since the last call, oldest first; waits for one for `patience` at most.
    [[nodiscard]] contracts::Result<std::vector<contracts::ChatReply>> hear(
        std::chrono::milliseconds patience);
    // Makes a waiting call fail at once, now and from here on. From any thread.
    void interrupt() { connection_.interrupt(); }

private:
    Conversation(contracts::Connection connection, std::string user_id)
        : connection_(std::move(connection)), user_id_(std::move(user_id)) {}
    contracts::Connection connection_;
    std::string user_id_;
    std::string last_ = "0-0";  // the last entry that was looked at
};

}  // namespace control::demo
