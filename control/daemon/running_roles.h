// The roles of one daemon, from their making to their end: started in the order of the table,
// stopped in reverse. When one cannot start, those before it are stopped again.
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

    // All that `settings` chooses from the table, made and not yet started. Failure names the role.
    [[nodiscard]] static contracts::Result<std::vector<NamedRole>> make(
        std::span<const RoleEntry> table, Ports& ports, const Settings& settings);

    // All serve when it returns. Failure names the role, and nothing runs.
    [[nodiscard]] contracts::Result<void> start();
    // Twice, or without a start: without effect.
    void stop();
    // After `stop`: ends what lives on without the daemon. What could not be ended is logged.
    void end_remains(const contracts::Log& log);

    [[nodiscard]] const std::vector<NamedRole>& all() const { return roles_; }

private:
    std::vector<NamedRole> roles_;
};

}  // namespace control
