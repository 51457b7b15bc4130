#include "control/messenger/page/page_messenger.h"

#include "contracts/messages/meta.h"
#include "control/jobs/loop.h"
#include "control/store/chat_lines.h"

namespace control {

using contracts::ChatMessage;
using contracts::ChatReply;
using contracts::ErrorKind;
using contracts::ReplyKind;
using contracts::Result;
using std::chrono::milliseconds;

namespace {

constexpr int kLinesAtOnce = 64;

ChatLineKind line_kind_of(ReplyKind kind) {
    switch (kind) {
        case ReplyKind::answer:
            return ChatLineKind::answer;
        case ReplyKind::progress:
            return ChatLineKind::progress;
        case ReplyKind::notice:
            return ChatLineKind::notice;
        case ReplyKind::error:
            break;
    }
    return ChatLineKind::error;
}

class PageMessenger final : public Messenger {
public:
    explicit PageMessenger(PageMessengerNeeds needs)
        : needs_(std::move(needs)),
          loop_(
              "page messages", [this](const std::stop_token& stop) { return deliver_all(stop); },
              wake_, needs_.log) {}
    ~PageMessenger() override { stop(); }

    [[nodiscard]] contracts::Channel channel() const override { return contracts::Channel::web; }

    Result<void> start(Deliver deliver) override {
        deliver_ = std::move(deliver);
        listener_.emplace(needs_.bell, [this] { wake_.notify(); });
        loop_.start();
        return {};
    }
    void stop() override {
        listener_.reset();
        loop_.stop();
    }
    Result<void> health() const override { return loop_.health(); }

    Result<void> show(const ChatReply& reply) override {
        if (reply.address.empty())
            return fail(ErrorKind::invalid, "is empty: it must be a user's id", "address");
        return needs_.database.transaction([&](Transaction& tx) -> Result<void> {
            const contracts::Timestamp now = needs_.clock.now();
            if (reply.kind == ReplyKind::progress)
                return chat_lines::show_progress(
                    tx, reply.address, reply.replaces.value_or(reply.request_id), reply.text, now);
            return chat_lines::show(tx,
                                    {.id = reply.request_id,
                                     .user_id = reply.address,
                                     .kind = line_kind_of(reply.kind),
                                     .text = reply.text},
                                    now);
        });
    }

private:
    // The chat drops a message_id that it has seen, so a message whose mark was lost goes twice.
    Result<milliseconds> deliver_all(const std::stop_token& stop) {
        Result<std::vector<ChatLine>> lines = chat_lines::waiting(needs_.database, kLinesAtOnce);
        if (!lines) return lines.fault();
        for (const ChatLine& line : *lines) {
            if (stop.stop_requested()) return milliseconds(0);
            if (Result<void> sent = deliver_one(line); !sent) return sent.fault();
        }
        return lines->size() == kLinesAtOnce ? milliseconds(0) : needs_.look_every;
    }

    Result<void> deliver_one(const ChatLine& line) {
        ChatMessage message;
        static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(needs_.clock);
        message.request_id = message.message_id = line.id;
        message.user_id = message.address = line.user_id;
        message.channel = contracts::Channel::web;
        message.text = line.text;
        if (Result<void> delivered = deliver_(message); !delivered) return delivered;
        return needs_.database.transaction(
            [&](Transaction& tx) { return chat_lines::mark_sent(tx, line.id); });
    }

    PageMessengerNeeds needs_;
    Deliver deliver_;
    Wake wake_;
    std::optional<Bell::Listener> listener_;
    Loop loop_;
};

}  // namespace

std::unique_ptr<Messenger> make_page_messenger(PageMessengerNeeds needs) {
    return std::make_unique<PageMessenger>(std::move(needs));
}

}  // namespace control
