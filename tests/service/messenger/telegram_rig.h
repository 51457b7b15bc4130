// A Telegram messenger on a real Redis and a real store, against the fake Bot API. The test plays
// the people and, unless it starts a chat, also the chat. One fake serves the whole suite; each rig
// has its own bots.
#pragma once

#include "contracts/messages/chat.h"
#include "contracts/streams/connection.h"
#include "control/chat/chat.h"
#include "control/messenger/led_post.h"
#include "control/messenger/telegram/telegram.h"
#include "tests/fakes/telegram_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <mutex>
#include <optional>

namespace tests {

using contracts::Json;

// A log sink that keeps every line.
class Lines final : public contracts::LogSink {
public:
    void write(contracts::LogLevel, std::string_view line) override {
        const std::scoped_lock lock(guard_);
        text_.append(line).append("\n");
    }
    [[nodiscard]] std::string text() const {
        const std::scoped_lock lock(guard_);
        return text_;
    }

private:
    mutable std::mutex guard_;
    std::string text_;
};

class TelegramRig {
public:
    explicit TelegramRig(int bots = 1,
                         std::chrono::milliseconds gap = std::chrono::milliseconds{20});
    ~TelegramRig();

    void start();
    void stop();
    // Restarts as after a crash: the state that is written at the end is lost.
    void restart();
    // Starts a chat that answers messages: chat commands need no Product Owner.
    void start_chat();
    void stop_chat();

    [[nodiscard]] const std::string& bot(std::size_t index = 0) const { return bots_[index]; }
    [[nodiscard]] TelegramServer& telegram() { return telegram_; }
    [[nodiscard]] control::Database& database() { return *db_; }
    [[nodiscard]] control::LedPost& post() { return *post_; }
    [[nodiscard]] std::unique_ptr<control::LedPost> another_post(const std::string& daemon);
    [[nodiscard]] std::string log() const { return lines_->text(); }

    void add_user(std::int64_t person);
    void change_store(const std::string& sql, std::vector<control::Value> values = {});
    [[nodiscard]] std::int64_t count_rows(const std::string& table);

    // Sends a message to a bot; returns the update's id.
    std::int64_t say(std::int64_t person, const std::string& text, std::size_t bot = 0);
    void control(const std::string& what, Json body, std::size_t bot = 0);
    // Reads as another program with the same token, without confirming updates.
    void poll_elsewhere() const;
    void faults(const Json& rules) { (void)telegram_.control("faults", rules); }

    // All messages of chat:inbox.
    [[nodiscard]] std::vector<Json> inbox();
    // Waits for the given number of messages and returns the last.
    Json inbox_entry(std::size_t count);
    // Sends a reply as the chat; returns its request_id.
    std::string reply(const std::string& address, const std::string& text,
                      contracts::ReplyKind kind = contracts::ReplyKind::answer,
                      const std::string& replaces = {}, std::string request_id = {});

    // The calls of a method that Telegram accepted (200), in order.
    [[nodiscard]] std::vector<Json> taken(const std::string& method, std::size_t bot = 0);
    // The texts that were sent to a person.
    [[nodiscard]] std::vector<std::string> texts(std::int64_t person, std::size_t bot = 0);
    // Waits until a person was sent the given number of texts.
    std::vector<std::string> expect_texts(std::int64_t person, std::size_t count,
                                          std::size_t bot = 0);
    [[nodiscard]] std::int64_t place(std::size_t bot = 0);
    // Checks that no token is in the log and that all exchanges conform to aiogram's types.
    void check() const;

private:
    TelegramServer& telegram_;
    RedisServer redis_{RedisOptions{.durable = true}};
    TemporaryDirectory directory_;
    contracts::SystemClock clock_;
    std::chrono::milliseconds gap_;
    std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
    contracts::Log log_;
    std::vector<std::string> bots_;  // ids
    std::vector<std::string> tokens_;
    std::unique_ptr<control::Database> db_;
    control::HttpClient client_;
    std::unique_ptr<control::LedPost> post_;
    std::optional<control::chat::ChatRole> chat_;
    std::optional<contracts::Connection> connection_;
};

}  // namespace tests
