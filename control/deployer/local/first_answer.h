// Waiting until a version that has just been started answers, and saying what kept it from that.
#pragma once

#include "control/deployer/local/host.h"

#include <stop_token>

namespace control::deployer {

// Empty: its health path answered 2xx. The fault has no log yet.
[[nodiscard]] contracts::Result<std::optional<DeployFault>> wait_for_answer(
    Host& host, const VersionName& name, const DeploymentSpec& spec, const Target& target,
    HttpClient& http, std::stop_token stop);

}  // namespace control::deployer
