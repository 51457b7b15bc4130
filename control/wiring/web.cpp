#include "control/web/web.h"

#include "control/wiring/api_of_ports.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;

web::AskApi as_token(const Api& api, const contracts::Clock& clock) {
    return [&api, &clock](const Token& token, HttpRequest request, HttpReply reply) {
        api.handler_for(Caller::of(token, clock.now()))(std::move(request), std::move(reply));
    };
}

// Two doors to one API: what a person asks for counts as any request; what the page asks again by
// itself is neither counted, logged nor taken from the token's rate.
class WebRole final : public Role {
public:
    WebRole(Ports& ports, const Settings& settings)
        : api_(make_api(ports, settings)),
          watched_(std::make_unique<Api>(
              ports.database(), ports.clock, ports.log,
              ApiOptions{.vault = &ports.store->vault, .health = &ports.health})),
          door_(*ports.network),
          web_({.database = ports.database(),
                .clock = ports.clock,
                .log = ports.log,
                .ask = as_token(*api_, ports.clock),
                .ask_again = as_token(*watched_, ports.clock),
                .session_lasts = settings.web.session,
                .watchers = static_cast<std::size_t>(settings.web.watchers),
                .is_https = !settings.listen.tls_key.empty()}) {}
    ~WebRole() override { stop(); }

    Result<void> start() override {
        web_.start();
        const HttpHandler handler = [this](HttpRequest request, HttpReply reply) {
            web_.handle(std::move(request), std::move(reply));
        };
        door_.serve("/web/", handler);
        door_.serve_exactly("/", handler);
        door_.serve_exactly("/web", handler);
        return {};
    }
    void stop() override {
        door_.serve("/web/", {});
        door_.serve_exactly("/", {});
        door_.serve_exactly("/web", {});
        web_.stop();
    }
    Result<void> health() const override { return web_.health(); }

private:
    std::unique_ptr<Api> api_;
    std::unique_ptr<Api> watched_;
    NetworkDoor& door_;
    web::Web web_;
};

}  // namespace

MadeRole web(Ports& ports, const Settings& settings) {
    return std::make_unique<WebRole>(ports, settings);
}

}  // namespace control::wiring
