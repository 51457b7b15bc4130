#include "control/chat/chat.h"

#include "contracts/streams/names.h"
#include "control/messenger/led_post.h"
#include "control/messenger/telegram/telegram.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;
namespace names = contracts::names;

Result<std::string> note_of(const LiveSettings& live, Queries& db) {
    Result<Settings> settings = live.within(db);
    if (!settings) return contracts::fail(std::move(settings.error()));
    return std::move(settings->chat.note);
}

// Null: there is no bot.
std::unique_ptr<LedPost> telegram_of(Ports& ports, const Settings& settings) {
    if (settings.telegram.tokens.empty()) return nullptr;
    const auto make = [&ports, chosen = settings.telegram] {
        return std::make_unique<MouthPost>(telegram::make_telegram({.database = ports.database(),
                                                                    .client = ports.client,
                                                                    .clock = ports.clock,
                                                                    .log = ports.log,
                                                                    .api_url = chosen.api_url,
                                                                    .tokens = chosen.tokens}),
                                           ports.bus->address, ports.clock, ports.log);
    };
    return std::make_unique<LedPost>(LedPostNeeds{.lease = "telegram",
                                                  .daemon = ports.data.owner(),
                                                  .database = ports.database(),
                                                  .clock = ports.clock,
                                                  .log = ports.log},
                                     make);
}

class ChatOfPorts final : public Role {
public:
    ChatOfPorts(chat::ChatNeeds needs, std::unique_ptr<LedPost> telegram)
        : role_(std::move(needs)), telegram_(std::move(telegram)) {}

    Result<void> start() override {
        if (Result<void> started = role_.start(); !started) return started;
        if (telegram_) telegram_->start();
        return {};
    }
    void stop() override {
        if (telegram_) telegram_->stop();
        role_.stop();
    }
    [[nodiscard]] Result<void> health() const override {
        return telegram_ ? telegram_->health() : Result<void>();
    }
    [[nodiscard]] Duties duties() const override {
        Duties duties{.streams = {std::string(names::kChatInbox), std::string(names::kChatNotices),
                                  std::string(names::kWorkerResponsesPo)}};
        if (telegram_)
            duties.streams.push_back(
                names::chat_outbox(contracts::to_text(contracts::Channel::telegram)));
        return duties;
    }

private:
    chat::ChatRole role_;
    std::unique_ptr<LedPost> telegram_;
};

}  // namespace

MadeRole chat(Ports& ports, const Settings& settings) {
    return std::make_unique<ChatOfPorts>(chat::ChatNeeds{.database = ports.database(),
                                                         .redis = ports.bus->address,
                                                         .clock = ports.clock,
                                                         .log = ports.log,
                                                         .settings = settings.chat,
                                                         .note =
                                                             [&live = *ports.live](Queries& db) {
                                                                 return note_of(live, db);
                                                             }},
                                         telegram_of(ports, settings));
}

}  // namespace control::wiring
