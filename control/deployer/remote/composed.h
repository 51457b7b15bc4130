// What a project's own workflow has started on a server with compose.
#pragma once

#include "control/runtime/docker/engine.h"

#include <string>
#include <vector>

namespace control::deployer {

// Ends and removes the containers and networks of this compose project; succeeds if there are none.
// Its volumes stay: their names are returned.
[[nodiscard]] contracts::Result<std::vector<std::string>> take_down_composed(
    const docker::Engine& engine, const std::string& project);

}  // namespace control::deployer
