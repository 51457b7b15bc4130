// What a call that has ended is taken to have cost. Pure. Where the provider did not tell, it is
// the most that the call can have cost, so that nobody spends unseen by hanging up early.
#pragma once

#include "control/models/price.h"
#include "control/models/usage.h"

namespace control {

enum class CallEnd {
    finished,   // the answer is whole
    broken,     // the provider, or the way to it, gave up
    abandoned,  // whoever asked did
    unsent      // it never left
};

struct CallOutcome {
    CallEnd end = CallEnd::finished;
    std::int64_t status = 0;  // the provider's; 0: it had not answered
    UsageReport usage{};
    std::int64_t bytes = 0;  // of the answer, decoded where it could be
};

struct CallCost {
    TokenCounts tokens{};
    Nanodollars cost = 0;
    bool is_estimated = false;
    std::string remarks{};  // what is odd about it, as rows keep it: "estimated, unknown_model"
};

[[nodiscard]] CallCost cost_of_call(const CallOutcome& outcome, const RequestFacts& facts,
                                    const PriceList& prices, ModelProvider provider);

}  // namespace control
