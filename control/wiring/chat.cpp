#include "control/chat/chat.h"

#include "contracts/streams/names.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;
namespace names = contracts::names;

class ChatOfPorts final : public Role {
public:
    explicit ChatOfPorts(chat::ChatNeeds needs) : role_(std::move(needs)) {}

    Result<void> start() override { return role_.start(); }
    void stop() override { role_.stop(); }
    [[nodiscard]] Duties duties() const override {
        return {.streams = {std::string(names::kChatInbox), std::string(names::kChatNotices),
                            std::string(names::kWorkerResponsesPo)}};
    }

private:
    chat::ChatRole role_;
};

}  // namespace

MadeRole chat(Ports& ports, const Settings& settings) {
    return std::make_unique<ChatOfPorts>(chat::ChatNeeds{.database = ports.database(),
                                                         .redis = ports.bus->address,
                                                         .clock = ports.clock,
                                                         .log = ports.log,
                                                         .settings = settings.chat});
}

}  // namespace control::wiring
