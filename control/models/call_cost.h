// The cost of a call that has ended. Pure. If the provider did not report it, it is the most that
// the call can have cost, so that hanging up early does not hide a cost.
#pragma once

#include "control/models/price.h"
#include "control/models/usage.h"

namespace control {

enum class CallEnd {
    finished,   // the answer is complete
    broken,     // the provider, or the connection to it, failed
    abandoned,  // the caller hung up
    unsent      // it was never sent
};

struct CallOutcome {
    CallEnd end = CallEnd::finished;
    std::int64_t status = 0;  // the provider's; 0: no answer
    UsageReport usage{};
    std::int64_t bytes = 0;  // of the answer, decoded if possible
};

struct CallCost {
    TokenCounts tokens{};
    Nanodollars cost = 0;
    bool is_estimated = false;
    std::string remarks{};  // remarks for the row: "estimated, unknown_model"
};

[[nodiscard]] CallCost cost_of_call(const CallOutcome& outcome, const RequestFacts& facts,
                                    const PriceList& prices, ModelProvider provider);

}  // namespace control
