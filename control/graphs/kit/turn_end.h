// How a worker's turn ended, judged from its output.
#pragma once

#include "contracts/messages/developer.h"

namespace control::graphs {

enum class TurnEnd {
    success,
    refused,  // the agent says itself that it did not succeed; a tester's command failed
    timed_out,
    out_of_memory,
    upstream,  // the model's far side turned it away
    unpaid,    // a cap is reached, or the provider wants money first: trying again does not help
    broken,    // crashed, or ended without a verdict
};

[[nodiscard]] TurnEnd end_of(const contracts::DeveloperWorkerOutput& output);

}  // namespace control::graphs
