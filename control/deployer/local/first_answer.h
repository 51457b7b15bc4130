// Waiting until a version that has just been started answers, and saying what kept it from that.
#pragma once

#include "control/deployer/local/host.h"

#include "control/http/client.h"

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace control::deployer {

// What was seen of a version that does not answer as it should.
struct Seen {
    std::string bad_answer{};                // the last one
    std::vector<std::uint16_t> elsewhere{};  // where it listens instead
};
[[nodiscard]] DeployFault fault_of(const Seen& seen, const DeploymentSpec& spec,
                                   std::uint16_t port);
// Of one that is over.
[[nodiscard]] DeployFault fault_of(const Life& life);

// How long it may go on answering with anything but 2xx, or listening elsewhere: it may only be
// warming up.
inline constexpr std::chrono::seconds kWarmUp{10};

// Empty: its health path answered 2xx. The fault has no log yet.
[[nodiscard]] contracts::Result<std::optional<DeployFault>> wait_for_answer(
    Host& host, const VersionName& name, const DeploymentSpec& spec, const Target& target,
    HttpClient& http, std::stop_token stop);

}  // namespace control::deployer
