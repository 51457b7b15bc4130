// One bot's long polling: getUpdates, each message to the chat, then the position in the store.
//
// The position moves when everything before it is durable on its stream, so that nothing is lost;
// an update that comes again has the same message_id, and the chat drops it. A person who is not a
// user is informed, with the id that an administrator needs, at most once in six hours. Trouble is
// logged when it begins or changes, and retried; Telegram's own pauses are respected. Thread: one
// of its own; `health` from any thread.
#pragma once

#include "contracts/base/backoff.h"
#include "contracts/base/clock.h"
#include "control/jobs/loop.h"
#include "control/messenger/messenger.h"
#include "control/messenger/telegram/bot_api.h"
#include "control/messenger/telegram/update.h"
#include "control/store/database.h"

namespace control::telegram {

struct PollerNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    Deliver deliver{};
    std::function<void()> on_reply{};  // a reply was added to the store
};

class Poller {
public:
    // Borrows the bot.
    Poller(const BotApi& bot, PollerNeeds needs);

    void start() { loop_.start(); }
    void request_stop() { loop_.request_stop(); }
    void stop() { loop_.stop(); }
    // The reason why nothing can be read at the moment.
    [[nodiscard]] contracts::Result<void> health() const;

private:
    [[nodiscard]] contracts::Result<std::chrono::milliseconds> poll(const std::stop_token& stop);
    [[nodiscard]] contracts::Result<BotAnswer> ask(const std::stop_token& stop);
    [[nodiscard]] contracts::Result<void> take_all(const std::vector<Update>& updates,
                                                   const std::stop_token& stop);
    [[nodiscard]] contracts::Result<void> take(const Update& update, const std::stop_token& stop);
    [[nodiscard]] contracts::Result<void> refuse_stranger(const Update& update);
    void answer_press(const Update& update, const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds wait_out(contracts::Error trouble);
    [[nodiscard]] std::chrono::milliseconds wait_out_refusal(const BotAnswer& answer);
    void note(contracts::Result<void> state);

    const BotApi& bot_;
    PollerNeeds needs_;
    contracts::Backoff backoff_;
    mutable std::mutex guard_;
    contracts::Result<void> state_{};
    Wake wake_;
    Loop loop_;
};

}  // namespace control::telegram
