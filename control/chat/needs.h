// What the chat role needs, and the limits that apply to all of its users.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "contracts/streams/address.h"
#include "control/chat/settings.h"
#include "control/store/database.h"

#include <functional>

namespace control::chat {

using contracts::Timestamp;

struct ChatNeeds {
    Database& database;
    contracts::RedisAddress redis;
    const contracts::Clock& clock;
    contracts::Log log;
    ChatSettings settings{};
    // The current value of `settings.note` within a transaction, if it can change; not set:
    // `settings.note` itself.
    std::function<Result<std::string>(Queries& db)> note{};
};

// A message longer than this is refused: it is not a chat message.
inline constexpr std::size_t kLongestMessage = 64 << 10;
// How many messages of one user may wait.
inline constexpr std::int64_t kLongestLine = 50;

}  // namespace control::chat
