// When each chat may get its next message: one at a time, a second apart, later where Telegram or a
// failure says so. Pure but for its own state. Thread: one at a time.
#pragma once

#include "contracts/base/backoff.h"
#include "contracts/base/clock.h"
#include "control/messenger/telegram/address.h"

#include <map>

namespace control::telegram {

using contracts::Instant;

// What moves in a chat: one message that is edited. Kept in memory alone.
struct ProgressLine {
    std::string request_id{};     // of the reply that began it
    std::int64_t message_id = 0;  // 0: nothing is shown
    std::string pending{};        // what it shall say next; empty: nothing new
};

struct Lane {
    bool is_busy = false;
    Instant next{};
    contracts::Backoff backoff{std::chrono::milliseconds{1'000}, std::chrono::milliseconds{60'000}};
    bool is_plain = false;  // the message under way is sent without entities
    // What arrived last, for a store that could not note it.
    std::int64_t sent_seq = 0;
    std::int64_t sent_parts = 0;
    ProgressLine progress{};
};

class Lanes {
public:
    explicit Lanes(std::chrono::milliseconds gap) : gap_(gap) {}

    [[nodiscard]] Lane& at(const Address& chat) { return lanes_[chat]; }
    [[nodiscard]] std::map<Address, Lane>& all() { return lanes_; }
    [[nodiscard]] bool is_free(const Address& chat, Instant now);
    // When the chat may get something, where it is not busy.
    [[nodiscard]] Instant next(const Address& chat);

    void sent(const Address& chat, Instant now);
    void failed(const Address& chat, Instant now, std::uint32_t random);
    // Telegram asks for a pause. It does not say whether it means the chat or the bot: the bot
    // rests, too, where a second chat of it was told so meanwhile.
    void paused(const Address& chat, Instant now, std::chrono::milliseconds pause);
    // Forgets chats that nothing moves in.
    void forget_idle(Instant now);

private:
    std::chrono::milliseconds gap_;
    std::map<Address, Lane> lanes_;
    struct Pause {
        std::string chat;
        Instant until{};
    };
    std::map<std::string, Pause> paused_chats_;  // by bot: the last chat that was told to pause
    std::map<std::string, Instant> paused_bots_;
};

}  // namespace control::telegram
