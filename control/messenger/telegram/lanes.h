// Decides when each chat may get its next message: one at a time, a second apart, later if Telegram
// or a failure requires it. Pure except for its own state. Thread: one at a time.
#pragma once

#include "contracts/base/backoff.h"
#include "contracts/base/clock.h"
#include "control/messenger/telegram/address.h"

#include <map>

namespace control::telegram {

using contracts::Instant;

// The progress message of a chat, which is edited. Kept in memory only.
struct ProgressLine {
    std::string request_id{};     // the reply that began it
    std::int64_t message_id = 0;  // 0: nothing is shown
    std::string pending{};        // the next text to show; empty: nothing new
};

struct Lane {
    bool is_busy = false;
    Instant next{};
    contracts::Backoff backoff{std::chrono::milliseconds{1'000}, std::chrono::milliseconds{60'000}};
    bool is_plain = false;  // the current message is sent without entities
    // The last reply that was delivered, if the store could not record it.
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
    // When the chat may get something, unless it is busy.
    [[nodiscard]] Instant next(const Address& chat);

    void sent(const Address& chat, Instant now);
    void failed(const Address& chat, Instant now, std::uint32_t random);
    // Telegram asks for a pause. It does not say whether the pause is for the chat or the bot: if a
    // second chat of the bot got one in the meantime, the whole bot rests.
    void paused(const Address& chat, Instant now, std::chrono::milliseconds pause);
    // Forgets chats without activity.
    void forget_idle(Instant now);

private:
    std::chrono::milliseconds gap_;
    std::map<Address, Lane> lanes_;
    struct Pause {
        std::string chat;
        Instant until{};
    };
    std::map<std::string, Pause> paused_chats_;  // by bot: the last chat that was asked to pause
    std::map<std::string, Instant> paused_bots_;
};

}  // namespace control::telegram
