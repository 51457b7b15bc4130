#include "control/settings/servers.h"

#include "control/settings/shapes.h"

#include <algorithm>

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

namespace {

void read_provider(Environment& environment, ProviderChoice& provider) {
    const std::string text = environment.text("PROVIDER", "none");
    const auto found = std::ranges::find(kProviderNames, text);
    if (found == std::end(kProviderNames))
        return environment.fault("PROVIDER",
                                 "must be one of none, static, time4vps, not \"" + text + "\"");
    provider = static_cast<ProviderChoice>(found - std::begin(kProviderNames));
}

void read_inventory(Environment& environment, ServerSettings& settings) {
    settings.inventory_file = environment.text("INVENTORY_FILE", "");
    if (!settings.inventory_file.empty())
        check_absolute(environment, "INVENTORY_FILE", settings.inventory_file);
    else if (settings.provider == ProviderChoice::static_inventory)
        environment.fault("INVENTORY_FILE", "is needed with PROVIDER=static: the file of servers");
}

void read_account(Environment& environment, ServerSettings& settings) {
    settings.time4vps_url = environment.text("TIME4VPS_URL", settings.time4vps_url);
    while (settings.time4vps_url.ends_with('/'))
        settings.time4vps_url.pop_back();
    const bool is_loopback = settings.time4vps_url.starts_with("http://127.0.0.1:");
    if (!settings.time4vps_url.starts_with("https://") && !is_loopback)
        environment.fault("TIME4VPS_URL",
                          "must begin with https://, because a password is sent to it");
    settings.time4vps_username = environment.text("TIME4VPS_USERNAME", "");
    settings.time4vps_password = environment.text("TIME4VPS_PASSWORD", "");
    settings.time4vps_os = environment.text("TIME4VPS_OS", settings.time4vps_os);
    if (settings.provider != ProviderChoice::time4vps) return;
    if (settings.time4vps_username.empty())
        environment.fault("TIME4VPS_USERNAME", "is needed with PROVIDER=time4vps");
    if (settings.time4vps_password.empty())
        environment.fault("TIME4VPS_PASSWORD", "is needed with PROVIDER=time4vps");
}

}  // namespace

void read_intervals(Environment& environment, ServerSettings& settings) {
    settings.sync_every = environment.seconds("SERVER_SYNC_INTERVAL", settings.sync_every, 1s, 24h);
    settings.trigger_every =
        environment.seconds("PROVISIONER_TRIGGER_INTERVAL", settings.trigger_every, 1s, 24h);
}

void read(Environment& environment, ServerSettings& settings) {
    read_provider(environment, settings.provider);
    read_inventory(environment, settings);
    read_account(environment, settings);
    if (const auto text = environment.find("MANAGED_SERVERS"))
        for (std::string& id : split_list(*text))
            settings.managed.insert(std::move(id));
    read_intervals(environment, settings);
    settings.details_every =
        environment.seconds("SERVER_DETAILS_INTERVAL", settings.details_every, 1s, 24h);
    settings.ansible = environment.text("ANSIBLE_PLAYBOOK", settings.ansible);
}

}  // namespace control
