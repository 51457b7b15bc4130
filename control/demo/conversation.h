// The demo's side of the chat: sends what the user writes, and receives what the chat shows.
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
    // Call before anything is said, so that every reply to this user is received.
    [[nodiscard]] static contracts::Result<Conversation> begin(const contracts::RedisAddress& redis,
                                                               std::string user_id);

    [[nodiscard]] contracts::Result<void> say(const std::string& text,
                                              const contracts::Clock& clock);
    // The replies since the last call, oldest first; waits for one for `patience` at most.
    [[nodiscard]] contracts::Result<std::vector<contracts::ChatReply>> hear(
        std::chrono::milliseconds patience);
    // Makes current and future waits fail at once. From any thread.
    void interrupt() { connection_.interrupt(); }

private:
    Conversation(contracts::Connection connection, std::string user_id)
        : connection_(std::move(connection)), user_id_(std::move(user_id)) {}
    contracts::Connection connection_;
    std::string user_id_;
    std::string last_ = "0-0";  // the last entry that was read
};

}  // namespace control::demo
