// What the chat role works with, and the bounds that hold for everybody who writes to it.
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
    // The current value of `settings.note` as seen by a transaction, if it can change; not set:
    // that value.
    std::function<Result<std::string>(Queries& db)> note{};
};

// A message longer than this is refused: it is not a chat message.
inline constexpr std::size_t kLongestMessage = 64 << 10;
// Messages of one user that may wait.
inline constexpr std::int64_t kLongestLine = 50;

}  // namespace control::chat
