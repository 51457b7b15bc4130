// Sends replies from the store to their chats: each chat's in order, one message a second, and no
// chat waits for another.
//
// Every part of a reply that Telegram accepted is recorded before the next one is sent, so that a
// restarted daemon continues after it. If the daemon dies between Telegram's acceptance and our
// record, that one part is sent again: the Bot API cannot be asked. The same holds if Telegram's
// answer is lost on its way. A reply to a chat that cannot be written to is dropped, with a line in
// the log. Thread: a loop and a few that wait for Telegram; the rest from any thread.
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
    // Waits briefly for messages in progress, then aborts them.
    void stop();

    // A reply was added to the store.
    void notify() { wake_.notify(); }
    // Replaces the message of `replaces` if it still exists. Not stored: progress that waits for
    // its turn is replaced by newer progress.
    void show_progress(const Address& chat, const std::string& request_id,
                       const std::optional<std::string>& replaces, std::string text);
    // A reply begins: progress that was not shown yet is obsolete.
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
    std::mutex guard_;  // guards lanes_ and under_way_
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
