// Waits until a version that was just started answers, and reports why it does not.
#pragma once

#include "control/deployer/local/host.h"

#include "control/http/client.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace control::deployer {

// What was observed of a version that does not answer as it should.
struct Seen {
    std::string bad_answer{};                // the last one
    std::vector<std::uint16_t> elsewhere{};  // where it listens instead
};
[[nodiscard]] DeployFault fault_of(const Seen& seen, const DeploymentSpec& spec,
                                   std::uint16_t port);
// The fault of a version that has ended.
[[nodiscard]] DeployFault fault_of(const Life& life);

// How long a version may answer with another status than 2xx, or listen on another port: it may
// still be warming up.
inline constexpr std::chrono::seconds kWarmUp{10};

// Empty: its health path answered with 2xx. The fault has no log yet.
[[nodiscard]] contracts::Result<std::optional<DeployFault>> wait_for_answer(
    Host& host, const VersionName& name, const DeploymentSpec& spec, const Target& target,
    HttpClient& http, std::stop_token stop);

}  // namespace control::deployer
