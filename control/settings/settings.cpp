#include "control/settings/settings.h"

#include "contracts/base/text.h"
#include "control/settings/shapes.h"

#include <algorithm>

namespace control {

using contracts::Environment;
using contracts::fail;
using contracts::Result;

namespace {

void read_roles(Environment& environment, std::set<std::string, std::less<>>& chosen,
                std::span<const std::string_view> all) {
    const std::optional<std::string> text = environment.find("ROLES");
    if (!text) {
        chosen.insert(all.begin(), all.end());
        return;
    }
    for (const std::string& name : split_list(*text)) {
        if (std::ranges::find(all, name) == all.end())
            environment.fault(
                "ROLES", "has no role \"" + name + "\"; the roles are " + contracts::joined(all));
        else
            chosen.insert(name);
    }
}

// What only several sections together show.
void check_together(Environment& environment, const Settings& settings) {
    if (settings.engineering.auth_mode == contracts::AuthMode::host_session &&
        settings.workers.host_sessions.empty())
        environment.fault("DEVELOPER_AUTH_MODE",
                          "host_session needs HOST_SESSION_DIRS: the agent's directory with a "
                          "login, such as /root/.claude");
}

}  // namespace

Result<Settings> read_settings(Environment environment, const std::string& program_directory,
                               std::span<const std::string_view> roles) {
    Settings settings;
    read_roles(environment, settings.roles, roles);
    read(environment, settings.places, program_directory);
    read(environment, settings.listen);
    read(environment, settings.store);
    read(environment, settings.bus);
    read(environment, settings.forge);
    read(environment, settings.runtime);
    read(environment, settings.workers);
    read(environment, settings.models);
    read(environment, settings.egress);
    read(environment, settings.engineering);
    read(environment, settings.chat);
    read(environment, settings.telegram);
    read(environment, settings.deployments);
    read(environment, settings.domains);
    read(environment, settings.templates);
    read(environment, settings.scheduler);
    read(environment, settings.servers);
    read(environment, settings.knowledge);
    read(environment, settings.web);
    read(environment, settings.log);
    check_together(environment, settings);
    settings.engineering.memory_mb = settings.workers.memory_mb;
    if (Result<void> read = environment.finish(); !read) return read.fault();
    return settings;
}

}  // namespace control
