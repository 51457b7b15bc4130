#include "control/wiring/api_of_ports.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;

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
    return std::make_unique<Api>(ports.database(), ports.clock, ports.log,
                                 ApiOptions{.metrics = &ports.metrics,
                                            .vault = &ports.store->vault,
                                            .rate = {.per_second = rate, .at_once = 2 * rate},
                                            .access_log = settings.listen.access_log,
                                            .health = &ports.health,
                                            .bell = &ports.commands});
}

MadeRole api(Ports& ports, const Settings& settings) {
    return std::make_unique<ApiRole>(make_api(ports, settings), *ports.network);
}

}  // namespace control::wiring
