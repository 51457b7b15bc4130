// The daemon's presence: it checks the health of its ports and roles for /readyz and /metrics, and
// announces the daemon in the store, so that others know which streams it reads. Work that no
// running daemon would pick up is reported once, at the start. The service manager gets a heartbeat
// that has passed through this loop and the event loop, so it misses one if either hangs. Thread: a
// loop of its own.
#pragma once

#include "control/daemon/running_roles.h"
#include "control/daemon/service_manager.h"
#include "control/jobs/loop.h"
#include "control/store/daemons.h"

namespace control {

// A part of the daemon by its name on /readyz, and its health check. A check may wait for as long
// as the part takes to answer.
struct NamedCheck {
    std::string name;
    std::function<contracts::Result<void>()> check;
};

class Presence {
public:
    // Borrows ports, roles and the service manager; `checks` are added to those of the roles.
    Presence(Ports& ports, const RunningRoles& roles, std::vector<NamedCheck> checks,
             const ServiceManager& manager);
    ~Presence();

    // Checks and announces once, then every few seconds until `stop`. Failure: the store's.
    [[nodiscard]] contracts::Result<void> start();
    // Records in the store that this daemon no longer reads anything.
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
