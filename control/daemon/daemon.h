// The daemon as a whole: ports, then roles, then the event loop; in reverse when it ends. What a
// failed start had begun ends with it. A stopped daemon leaves its workers alive unless it is
// ephemeral.
#pragma once

#include "control/daemon/role_entry.h"

namespace control {

class Daemon {
public:
    // `table`: all roles that there are; the settings say which of them run here. Everything stands
    // and answers when it returns. Failure is one sentence with kind `fatal`.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Daemon>> start(
        const Settings& settings, std::span<const RoleEntry> table, contracts::Log log);
    ~Daemon();

    // Serves until `stop`.
    void run();
    // From any thread.
    void stop();
    // What its roles leave running, such as workers, ends with the daemon.
    void be_ephemeral();

private:
    struct Parts;
    explicit Daemon(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace control
