// How much room a server has for another deployment.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/graphs/deploy/settings.h"

#include <string>

namespace control::graphs {

struct Room {
    std::int64_t free_memory_mb = 0;  // after another deployment; negative: it has none
    std::string refusal{};            // why it takes none now; empty: it takes one
    bool is_final = false;            // it never could, as it is
};

// `deployments`: those that it has. What they may use counts as used, and what the last check saw
// where that is more.
[[nodiscard]] Room room_on(const contracts::Server& server, std::int64_t deployments,
                           const DeployCallSettings& settings);

}  // namespace control::graphs
