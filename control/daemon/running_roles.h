// The roles of one daemon, from their creation to their end: started in the order of the table,
// stopped in reverse. If one cannot start, those before it are stopped again.
#pragma once

#include "contracts/base/log.h"
#include "control/daemon/role_entry.h"

namespace control {

struct NamedRole {
    std::string_view name;
    std::unique_ptr<Role> role;
};

// Thread: `start`, `stop` and `end_remains` on one; the rest from any.
class RunningRoles {
public:
    explicit RunningRoles(std::vector<NamedRole> roles) : roles_(std::move(roles)) {}
    ~RunningRoles();
    RunningRoles(const RunningRoles&) = delete;

    // The roles of the table that `settings` chooses, created and not yet started. Failure names
    // the role.
    [[nodiscard]] static contracts::Result<std::vector<NamedRole>> make(
        std::span<const RoleEntry> table, Ports& ports, const Settings& settings);

    // All serve when it returns. Failure names the role, and nothing runs.
    [[nodiscard]] contracts::Result<void> start();
    // May be called twice, or without a start.
    void stop();
    // Call after `stop`: ends what would live on without the daemon. Failures are logged.
    void end_remains(const contracts::Log& log);

    [[nodiscard]] const std::vector<NamedRole>& all() const { return roles_; }

private:
    std::vector<NamedRole> roles_;
};

}  // namespace control
