// The daemon's presence: it looks after the health of its ports and roles for /readyz and /metrics,
// and announces itself in the store, so that others know which streams it reads. Work that no
// living daemon would pick up is reported once, at the start. The service manager gets a heartbeat
// that has gone through this loop and the event loop, so it misses one when either hangs. Thread: a
// loop of its own.
#pragma once

#include "control/daemon/running_roles.h"
#include "control/daemon/service_manager.h"
#include "control/jobs/loop.h"
#include "control/store/daemons.h"

namespace control {

// A part of the daemon by its name on /readyz, and how to find out whether it is well. A check may
// wait for as long as its part takes to answer.
struct NamedCheck {
    std::string name;
    std::function<contracts::Result<void>()> check;
};

class Presence {
public:
    // Borrows ports, roles and the service manager; `checks` come beside those of the roles.
    Presence(Ports& ports, const RunningRoles& roles, std::vector<NamedCheck> checks,
             const ServiceManager& manager);
    ~Presence();

    // Looks and announces once, then every few seconds until `stop`. Failure: the store's.
    [[nodiscard]] contracts::Result<void> start();
    // Tells the store that this daemon reads nothing any longer.
    void stop();

private:
    void look();
    void beat();
    [[nodiscard]] contracts::Result<void> announce();
    [[nodiscard]] contracts::Result<void> report_unread();

    Ports& ports_;
    const ServiceManager& manager_;
    std::vector<NamedCheck> checks_;
    DaemonRow row_;
    contracts::Instant next_announcement_{};
    bool is_announced_ = false;
    Wake wake_;
    Loop loop_;
};

}  // namespace control
