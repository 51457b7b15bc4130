#include "control/models/call_cost.h"

#include <algorithm>

namespace control {

namespace {

// Whether the provider may have worked on it.
bool may_have_cost(const CallOutcome& outcome) {
    if (outcome.usage.tells_input || outcome.usage.tells_output) return true;
    if (outcome.status == 0) return outcome.end == CallEnd::abandoned;
    return outcome.status >= 200 && outcome.status < 300;
}

// A token has at least one byte. Without streaming, the provider produces the whole output even if
// nobody waits for it.
std::int64_t estimated_output(const CallOutcome& outcome, const RequestFacts& facts,
                              std::int64_t most) {
    if (outcome.end == CallEnd::abandoned && !facts.streams) return most;
    return std::min(most, std::max(outcome.usage.tokens.output, outcome.bytes));
}

void remark(CallCost& call, std::string_view word) {
    call.remarks.append(call.remarks.empty() ? "" : ", ").append(word);
}

}  // namespace

CallCost cost_of_call(const CallOutcome& outcome, const RequestFacts& facts,
                      const PriceList& prices, ModelProvider provider) {
    CallCost call;
    if (outcome.end == CallEnd::abandoned) remark(call, "abandoned");
    if (outcome.end == CallEnd::broken) remark(call, "broken_off");
    if (!may_have_cost(outcome)) return call;
    PricedModel price = prices.find(facts.model);
    if (!price.is_known && !outcome.usage.model.empty()) price = prices.find(outcome.usage.model);
    call.tokens = outcome.usage.tokens;
    if (!outcome.usage.tells_input) call.tokens.input = most_input(facts, price);
    if (!outcome.usage.tells_output)
        call.tokens.output = estimated_output(outcome, facts, most_output(facts, price));
    call.cost = cost_of(price, provider, call.tokens);
    call.is_estimated = !outcome.usage.tells_input || !outcome.usage.tells_output;
    if (call.is_estimated) remark(call, "estimated");
    if (outcome.usage.is_wrong) remark(call, "wrong_usage");
    if (!price.is_known)
        remark(call, "unknown_model");
    else if (!price.is_priced)
        remark(call, "no_price");
    return call;
}

}  // namespace control
