// The steps that are the same for all hosts: a new version is built and started alongside the
// previous one, has to answer, and gets the connections; only then is the previous one removed.
#pragma once

#include "control/deployer/local/local_deployer.h"
#include "control/deployer/local/way_in.h"

#include <string_view>

namespace control::deployer {

// Fails with `invalid`, field "key", if a deployment cannot have this key.
[[nodiscard]] contracts::Result<void> check_key(std::string_view key);

// `settings.front` is not used, because `way_in` is given. `http` must outlive the deployer.
[[nodiscard]] contracts::Result<std::unique_ptr<Deployer>> make_versioned(
    LocalDeployerSettings settings, std::unique_ptr<Host> host, std::unique_ptr<WayIn> way_in,
    HttpClient& http);

}  // namespace control::deployer
