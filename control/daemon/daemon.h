// The daemon as a whole: ports, then roles, then the event loop; in reverse when it ends. A start
// that fails undoes what it had begun. When a daemon stops, its workers keep running, unless it is
// ephemeral.
#pragma once

#include "control/daemon/role_entry.h"

namespace control {

class Daemon {
public:
    // `table`: all roles that exist; the settings choose those that run here. The daemon serves
    // when this returns. Failure is one sentence with kind `fatal`.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Daemon>> start(
        const Settings& settings, std::span<const RoleEntry> table, contracts::Log log);
    ~Daemon();

    // Serves until `stop`.
    void run();
    // From any thread.
    void stop();
    // Also ends what its roles would leave running, such as workers, when the daemon ends.
    void be_ephemeral();

private:
    struct Parts;
    explicit Daemon(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace control
