#include "control/wiring/api_of_ports.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;

SettingsOffer offer_of(const LiveSettings& live) {
    SettingsOffer offer{.check = &check_live};
    for (const LiveChoice& choice : live_choices())
        offer.all.push_back({.name = std::string(choice.name),
                             .takes = std::string(choice.takes),
                             .summary = std::string(choice.summary),
                             .usual = choice.value(live.at_start())});
    return offer;
}

class ApiRole final : public Role {
public:
    ApiRole(std::unique_ptr<Api> api, NetworkDoor& door) : api_(std::move(api)), door_(door) {}
    ~ApiRole() override { stop(); }

    Result<void> start() override {
        door_.serve("/", api_->handler_for_tcp());
        return {};
    }
    void stop() override { door_.serve("/", {}); }

private:
    std::unique_ptr<Api> api_;
    NetworkDoor& door_;
};

}  // namespace

std::unique_ptr<Api> make_api(Ports& ports, const Settings& settings) {
    const auto rate = static_cast<double>(settings.listen.rate);
    return std::make_unique<Api>(
        ports.database(), ports.clock, ports.log,
        ApiOptions{.metrics = &ports.metrics,
                   .vault = &ports.store->vault,
                   .rate = {.per_second = rate, .at_once = 2 * rate},
                   .access_log = settings.listen.access_log,
                   .health = &ports.health,
                   .settings = offer_of(*ports.live),
                   .domains = {.given_below = settings.domains.domain,
                               .own_host = settings.deployments.calls.public_host},
                   .webhook_secret = settings.forge.webhook_secret,
                   .embeddings = ports.embeddings.get(),
                   .forge = ports.forge.get(),
                   .bell = &ports.commands});
}

MadeRole api(Ports& ports, const Settings& settings) {
    return std::make_unique<ApiRole>(make_api(ports, settings), *ports.network);
}

}  // namespace control::wiring
