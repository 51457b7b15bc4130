#include "control/chat/chat.h"

#include "contracts/streams/names.h"
#include "control/messenger/led_post.h"
#include "control/messenger/page/page_messenger.h"
#include "control/messenger/telegram/telegram.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;
namespace names = contracts::names;

Result<std::string> note_of(const LiveSettings& live, Queries& db) {
    Result<Settings> settings = live.within(db);
    if (!settings) return settings.fault();
    return std::move(settings->chat.note);
}

std::unique_ptr<LedPost> led(Ports& ports, std::string lease,
                             std::function<std::unique_ptr<Messenger>()> make) {
    return std::make_unique<LedPost>(LedPostNeeds{.lease = std::move(lease),
                                                  .daemon = ports.data.owner(),
                                                  .database = ports.database(),
                                                  .clock = ports.clock,
                                                  .log = ports.log},
                                     [&ports, make = std::move(make)] {
                                         return std::make_unique<MouthPost>(
                                             make(), ports.bus->address, ports.clock, ports.log);
                                     });
}

struct Mouth {
    contracts::Channel channel;
    std::unique_ptr<LedPost> post;
};

// Those that live in the daemon.
std::vector<Mouth> mouths_of(Ports& ports, const Settings& settings) {
    std::vector<Mouth> mouths;
    mouths.push_back({contracts::Channel::web, led(ports, "page chat", [&ports] {
                          return make_page_messenger({.database = ports.database(),
                                                      .clock = ports.clock,
                                                      .log = ports.log,
                                                      .bell = ports.commands});
                      })});
    if (settings.telegram.tokens.empty()) return mouths;
    mouths.push_back(
        {contracts::Channel::telegram, led(ports, "telegram", [&ports, chosen = settings.telegram] {
             return telegram::make_telegram({.database = ports.database(),
                                             .client = ports.client,
                                             .clock = ports.clock,
                                             .log = ports.log,
                                             .api_url = chosen.api_url,
                                             .tokens = chosen.tokens});
         })});
    return mouths;
}

class ChatOfPorts final : public Role {
public:
    ChatOfPorts(chat::ChatNeeds needs, std::vector<Mouth> mouths)
        : role_(std::move(needs)), mouths_(std::move(mouths)) {}

    Result<void> start() override {
        if (Result<void> started = role_.start(); !started) return started;
        for (const Mouth& mouth : mouths_)
            mouth.post->start();
        return {};
    }
    void stop() override {
        for (const Mouth& mouth : mouths_)
            mouth.post->stop();
        role_.stop();
    }
    [[nodiscard]] Result<void> health() const override {
        for (const Mouth& mouth : mouths_)
            if (Result<void> works = mouth.post->health(); !works) return works;
        return {};
    }
    [[nodiscard]] Duties duties() const override {
        Duties duties{.streams = {std::string(names::kChatInbox), std::string(names::kChatNotices),
                                  std::string(names::kWorkerResponsesPo)}};
        for (const Mouth& mouth : mouths_)
            duties.streams.push_back(names::chat_outbox(contracts::to_text(mouth.channel)));
        return duties;
    }

private:
    chat::ChatRole role_;
    std::vector<Mouth> mouths_;
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
                                         mouths_of(ports, settings));
}

}  // namespace control::wiring
