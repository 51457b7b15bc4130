// What the Telegram messenger records: how far each bot has read, which strangers were answered
// already, and the replies that are being sent.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <chrono>

namespace control {

struct TelegramReply {
    std::int64_t seq = 0;  // assigned by the store
    std::string request_id;
    std::string bot_id;
    std::string chat_id;
    bool markdown = false;
    std::string text;
    std::int64_t parts_sent = 0;  // messages of it that were delivered
};

namespace telegram {

using contracts::Timestamp;

// The next update to ask getUpdates for; empty if the bot has read nothing since `since`.
[[nodiscard]] Result<std::optional<std::int64_t>> next_update(Queries& db,
                                                              const std::string& bot_id,
                                                              Timestamp since);
[[nodiscard]] Result<void> save_next_update(Queries& db, const std::string& bot_id,
                                            std::int64_t next_update, Timestamp now);

// Whether to answer this stranger now, which is recorded: not again before `since` has passed
// `now`, and not if `most` others were answered since then.
[[nodiscard]] Result<bool> tell_stranger(Queries& db, const std::string& telegram_id,
                                         Timestamp since, Timestamp now, std::int64_t most);

[[nodiscard]] Result<void> add_reply(Queries& db, const TelegramReply& reply);
// The oldest of each chat, without their texts.
[[nodiscard]] Result<std::vector<TelegramReply>> waiting_replies(Queries& db);
[[nodiscard]] Result<std::optional<TelegramReply>> find_reply(Queries& db, std::int64_t seq);
[[nodiscard]] Result<void> save_parts_sent(Queries& db, std::int64_t seq, std::int64_t parts);
[[nodiscard]] Result<void> erase_reply(Queries& db, std::int64_t seq);

}  // namespace telegram
}  // namespace control
