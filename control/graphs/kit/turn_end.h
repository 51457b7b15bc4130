// How a worker's turn ended, determined from its output.
#pragma once

#include "contracts/messages/developer.h"

namespace control::graphs {

enum class TurnEnd {
    success,
    refused,  // the agent itself reports failure; a tester's command failed
    timed_out,
    out_of_memory,
    upstream,  // the model's provider refused it for now
    unpaid,    // a cap is reached, or the provider requires payment: retrying does not help
    broken,    // crashed, or ended without a verdict
};

[[nodiscard]] TurnEnd end_of(const contracts::DeveloperWorkerOutput& output);

}  // namespace control::graphs
