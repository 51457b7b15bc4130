// How much room a server has for another deployment.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/graphs/deploy/settings.h"

#include <string>

namespace control::graphs {

struct Room {
    std::int64_t free_memory_mb = 0;  // after another deployment; negative: too little
    std::string refusal{};            // why it cannot take another one now; empty: it can
    bool is_final = false;            // it never could, with its present size
};

// `deployments`: the number that the server has. Their memory limits count as used, or what the
// last check measured if that is more.
[[nodiscard]] Room room_on(const contracts::Server& server, std::int64_t deployments,
                           const DeployCallSettings& settings);

}  // namespace control::graphs
