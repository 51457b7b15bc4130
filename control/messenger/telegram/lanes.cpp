#include "control/messenger/telegram/lanes.h"

#include <algorithm>

namespace control::telegram {

using std::chrono::milliseconds;

namespace {

constexpr std::chrono::hours kIdle{1};

}  // namespace

Instant Lanes::next(const Address& chat) {
    return std::max(lanes_[chat].next, paused_bots_[chat.bot]);
}

bool Lanes::is_free(const Address& chat, Instant now) {
    return !lanes_[chat].is_busy && next(chat) <= now;
}

void Lanes::sent(const Address& chat, Instant now) {
    Lane& lane = lanes_[chat];
    lane.next = now + gap_;
    lane.backoff.reset();
    lane.is_plain = false;
}

void Lanes::failed(const Address& chat, Instant now, std::uint32_t random) {
    Lane& lane = lanes_[chat];
    lane.next = now + lane.backoff.next(random);
}

void Lanes::paused(const Address& chat, Instant now, milliseconds pause) {
    const Instant until = now + pause;
    lanes_[chat].next = until;
    Pause& last = paused_chats_[chat.bot];
    if (last.chat != chat.chat && last.until > now)
        paused_bots_[chat.bot] = std::max(paused_bots_[chat.bot], until);
    last = {chat.chat, until};
}

void Lanes::forget_idle(Instant now) {
    std::erase_if(lanes_, [&](const auto& entry) {
        const Lane& lane = entry.second;
        return !lane.is_busy && lane.progress.pending.empty() && lane.next + kIdle < now;
    });
}

}  // namespace control::telegram
