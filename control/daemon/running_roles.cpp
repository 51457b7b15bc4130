#include "control/daemon/running_roles.h"

#include <ranges>

namespace control {

using contracts::fail;
using contracts::Result;

Needs needs_of(std::span<const RoleEntry> table, const Settings& settings) {
    Needs needs;
    for (const RoleEntry& entry : table)
        if (settings.has_role(entry.name)) needs = needs | entry.needs;
    return needs;
}

Result<std::vector<NamedRole>> RunningRoles::make(std::span<const RoleEntry> table, Ports& ports,
                                                  const Settings& settings) {
    std::vector<NamedRole> roles;
    for (const RoleEntry& entry : table) {
        if (!settings.has_role(entry.name)) continue;
        auto made = entry.make(ports, settings);
        if (!made) return fail(std::move(made.error()).context(entry.name));
        roles.push_back({entry.name, std::move(*made)});
    }
    return roles;
}

// A role may use what the roles before it serve, so it is destroyed before them.
RunningRoles::~RunningRoles() {
    stop();
    while (!roles_.empty())
        roles_.pop_back();
}

Result<void> RunningRoles::start() {
    for (const NamedRole& one : roles_) {
        Result<void> started = one.role->start();
        if (started) continue;
        stop();
        return fail(std::move(started.error()).context(one.name));
    }
    return {};
}

void RunningRoles::stop() {
    for (const NamedRole& one : std::views::reverse(roles_))
        one.role->stop();
}

void RunningRoles::end_remains(const contracts::Log& log) {
    for (const NamedRole& one : std::views::reverse(roles_))
        if (Result<void> ended = one.role->end_remains(); !ended)
            log.error("could not end everything that a role left running",
                      {{"role", one.name}, {"error", ended.error().describe()}});
}

}  // namespace control
