// What all hosts do in the same way: a new version is built and started beside the one before it,
// has to answer, gets the connections, and only then the one before it goes.
#pragma once

#include "control/deployer/local/local_deployer.h"
#include "control/deployer/local/way_in.h"

#include <string_view>

namespace control::deployer {

// Whether a deployment can have this key: else `invalid`, field "key".
[[nodiscard]] contracts::Result<void> check_key(std::string_view key);

// `settings.front` is not used: the way in is given. `http` must outlive the deployer.
[[nodiscard]] contracts::Result<std::unique_ptr<Deployer>> make_versioned(
    LocalDeployerSettings settings, std::unique_ptr<Host> host, std::unique_ptr<WayIn> way_in,
    HttpClient& http);

}  // namespace control::deployer
