// Replies on their way to their chats, from the store: each chat in its order, a message a second,
// no chat behind another.
//
// Every part of a reply that Telegram took is noted before the next one is sent, so that a daemon
// that begins anew goes on behind it. A daemon that dies after Telegram took a part and before that
// is noted sends this one part again: the Bot API has no way to ask. The same goes for an answer of
// Telegram that is lost on its way. A chat that cannot be written to loses its reply, with a line
// in the log. Thread: a loop and a few that wait for Telegram; the rest from any thread.
#pragma once

#include "control/jobs/job_pool.h"
#include "control/jobs/loop.h"
#include "control/messenger/telegram/bot_api.h"
#include "control/messenger/telegram/lanes.h"
#include "control/messenger/telegram/split.h"
#include "control/store/telegram.h"

namespace control::telegram {

struct SenderNeeds {
    Database& database;
    const contracts::Clock& clock;
    contracts::Log log;
    std::chrono::milliseconds gap{1'000};  // between two messages of a chat
};

class Sender {
public:
    // Borrows the bots, of which there is at least one.
    Sender(const std::vector<BotApi>& bots, SenderNeeds needs);
    ~Sender();

    void start();
    // What is being sent may arrive for a moment; then it is broken off.
    void stop();

    // A reply was added to the store.
    void notify() { wake_.notify(); }
    // Shown in place of the message of `replaces`, where it is still there. Not kept: what waits
    // for its turn is replaced by what comes after it.
    void show_progress(const Address& chat, const std::string& request_id,
                       const std::optional<std::string>& replaces, std::string text);
    // A reply begins: progress that was not shown yet is out of date.
    void drop_progress(const Address& chat);

private:
    enum class Outcome { sent, again, give_up };

    [[nodiscard]] contracts::Result<std::chrono::milliseconds> pass();
    [[nodiscard]] std::chrono::milliseconds begin_what_is_due(
        const std::vector<TelegramReply>& waiting);
    void begin(const Address& chat, std::function<void()> work);
    [[nodiscard]] const BotApi& bot_of(const std::string& id) const;

    void send_next(const Address& chat, std::int64_t seq);
    [[nodiscard]] contracts::Result<void> send_part(const Address& chat, TelegramReply& reply);
    [[nodiscard]] contracts::Result<void> note_sent(const TelegramReply& reply, bool is_whole);
    [[nodiscard]] Outcome judge(const Address& chat, const contracts::Result<BotAnswer>& answer,
                                bool has_entities);
    void edit_progress(const Address& chat);
    void take_edited(const Address& chat, ProgressLine line,
                     const contracts::Result<BotAnswer>& answer);
    [[nodiscard]] contracts::Result<BotAnswer> call(const Address& chat, std::string_view method,
                                                    const contracts::Json& parameters) const;

    const std::vector<BotApi>& bots_;
    SenderNeeds needs_;
    std::mutex guard_;  // of lanes_ and under_way_
    std::condition_variable settled_;
    Lanes lanes_;
    int under_way_ = 0;
    std::int64_t begun_ = 0;
    bool stops_ = false;
    std::stop_source cancel_;
    Wake wake_;
    JobPool pool_;
    Loop loop_;
};

}  // namespace control::telegram
