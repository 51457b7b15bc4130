// Names for what this daemon deploys (control/domains): a thread that makes a pass every few
// seconds if DEPLOY_DOMAIN is set.
#pragma once

#include "control/domains/domains.h"
#include "control/jobs/loop.h"
#include "control/ports/ports.h"
#include "control/router/caddy.h"

namespace control::wiring {

class DomainLoop {
public:
    DomainLoop(Ports& ports, const Settings& settings);

    void start() { loop_.start(); }
    void stop() { loop_.stop(); }
    [[nodiscard]] contracts::Result<void> health() const { return loop_.health(); }

private:
    contracts::Result<std::chrono::milliseconds> pass();

    Ports& ports_;
    std::unique_ptr<Router> router_;
    Domains domains_;
    std::int64_t live_ = 0;
    Wake wake_;
    Loop loop_;
};

// Null: there is no domain.
[[nodiscard]] std::unique_ptr<DomainLoop> make_domain_loop(Ports& ports, const Settings& settings);

}  // namespace control::wiring
