#include "control/messenger/telegram/telegram.h"

#include "control/messenger/telegram/poller.h"
#include "control/messenger/telegram/sender.h"
#include "control/store/chats.h"

#include <algorithm>

namespace control::telegram {

using contracts::ChatReply;
using contracts::ErrorKind;
using contracts::ReplyKind;
using contracts::Result;

namespace {

std::vector<BotApi> bots_of(const TelegramNeeds& needs) {
    std::vector<BotApi> bots;
    for (const std::string& token : needs.tokens)
        bots.emplace_back(needs.client, needs.api_url, token);
    return bots;
}

class TelegramMessenger final : public Messenger {
public:
    explicit TelegramMessenger(TelegramNeeds needs)
        : needs_(std::move(needs)),
          bots_(bots_of(needs_)),
          sender_(bots_, {.database = needs_.database,
                          .clock = needs_.clock,
                          .log = needs_.log,
                          .gap = needs_.gap}) {}
    ~TelegramMessenger() override { stop(); }

    [[nodiscard]] contracts::Channel channel() const override {
        return contracts::Channel::telegram;
    }

    Result<void> start(Deliver deliver) override {
        sender_.start();
        for (const BotApi& bot : bots_) {
            pollers_.push_back(
                std::make_unique<Poller>(bot, PollerNeeds{.database = needs_.database,
                                                          .clock = needs_.clock,
                                                          .log = needs_.log,
                                                          .deliver = deliver,
                                                          .on_reply = [this] {
                                                              sender_.notify();
                                                          }}));
            pollers_.back()->start();
        }
        return {};
    }

    void stop() override {
        for (const auto& poller : pollers_)
            poller->request_stop();
        for (const auto& poller : pollers_)
            poller->stop();
        sender_.stop();
    }

    Result<void> show(const ChatReply& reply) override {
        std::optional<Address> chat = parse_address(reply.address);
        if (!chat)
            return fail(ErrorKind::invalid, "is not a Telegram chat: " + reply.address, "address");
        if (std::ranges::find(bots_, chat->bot, &BotApi::id) == bots_.end())
            chat->bot = bots_.front().id();
        if (reply.kind == ReplyKind::progress) {
            sender_.show_progress(*chat, reply.request_id, reply.replaces, reply.text);
            return {};
        }
        if (Result<void> kept = keep(*chat, reply); !kept) return kept;
        sender_.drop_progress(*chat);
        sender_.notify();
        return {};
    }

    // Reports faults that a person has to repair. An outage of Telegram is only in the log, and
    // does not affect the rest of the daemon.
    Result<void> health() const override {
        for (const auto& poller : pollers_)
            if (Result<void> reads = poller->health();
                !reads && !contracts::is_retryable(reads.error().kind))
                return reads;
        return {};
    }

private:
    Result<void> keep(const Address& chat, const ChatReply& reply) {
        return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            Result<bool> first = chats::see(tx, "telegram:" + reply.request_id, needs_.clock.now());
            if (!first) return first.fault();
            if (!*first) return {};
            return add_reply(tx, {.request_id = reply.request_id,
                                  .bot_id = chat.bot,
                                  .chat_id = chat.chat,
                                  .markdown = reply.kind == ReplyKind::answer,
                                  .text = reply.text});
        });
    }

    TelegramNeeds needs_;
    std::vector<BotApi> bots_;
    Sender sender_;
    std::vector<std::unique_ptr<Poller>>
        pollers_;  // created by `start`, before health is asked for
};

}  // namespace

std::unique_ptr<Messenger> make_telegram(TelegramNeeds needs) {
    return std::make_unique<TelegramMessenger>(std::move(needs));
}

}  // namespace control::telegram
