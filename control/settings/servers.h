// The provider of servers, which servers are managed, and how they are set up.
#pragma once

#include "contracts/base/environment.h"

#include <chrono>
#include <set>
#include <string>

namespace control {

enum class ProviderChoice { none, static_inventory, time4vps };
inline constexpr std::string_view kProviderNames[] = {"none", "static", "time4vps"};

struct ServerSettings {
    ProviderChoice provider = ProviderChoice::none;                // PROVIDER
    std::string inventory_file;                                    // INVENTORY_FILE
    std::set<std::string> managed;                                 // MANAGED_SERVERS
    std::string time4vps_url{"https://billing.time4vps.com/api"};  // TIME4VPS_URL
    std::string time4vps_username;                                 // TIME4VPS_USERNAME
    std::string time4vps_password;                                 // TIME4VPS_PASSWORD
    std::string time4vps_os{"kvm-ubuntu-24.04-gpt-x86_64"};        // TIME4VPS_OS
    std::chrono::seconds sync_every{60};                           // SERVER_SYNC_INTERVAL
    std::chrono::seconds details_every{300};                       // SERVER_DETAILS_INTERVAL
    std::chrono::seconds trigger_every{120};                       // PROVISIONER_TRIGGER_INTERVAL
    std::string ansible = "ansible-playbook";                      // ANSIBLE_PLAYBOOK
};

// The settings that may change while the daemon runs (live.h).
void read_intervals(contracts::Environment& environment, ServerSettings& settings);
void read(contracts::Environment& environment, ServerSettings& settings);

}  // namespace control
