// The cost of calls, with missing or meaningless prices and with calls that report no usage.
#include "control/models/call_cost.h"

#include <catch2/catch_test_macros.hpp>

#include <limits>

using namespace control;

namespace {

const PriceList kPrices({{.name = "claude-x", .input = 3.0, .output = 15.0, .context_window = 0},
                         {.name = "gpt-x", .input = 2.0, .output = 8.0, .context_window = 1'000},
                         {.name = "free", .input = 0.0, .output = 0.0},
                         {.name = "broken", .input = -1.0, .output = std::nullopt}});

RequestFacts facts_of(const char* model) {
    return {.model = model, .most_output = 100, .bytes = 400};
}

CallOutcome told(std::int64_t input, std::int64_t output) {
    return {.status = 200,
            .usage = {.tokens = {.input = input, .output = output},
                      .tells_input = true,
                      .tells_output = true}};
}

}  // namespace

TEST_CASE("tokens cost what the list says, those of the cache a part of it") {
    const PricedModel price = kPrices.find("claude-x");
    CHECK(cost_of(price, ModelProvider::anthropic, {.input = 1'000'000}) == 3'000'000'000);
    CHECK(cost_of(price, ModelProvider::anthropic, {.output = 1}) == 15'000);
    CHECK(cost_of(price, ModelProvider::anthropic,
                  {.cache_read = 100, .cache_write = 10, .long_write = 4}) ==
          100 * 300 + 6 * 3'750 + 4 * 6'000);
    CHECK(cost_of(price, ModelProvider::openai, {.cache_read = 100}) == 100 * 1'500);
}

TEST_CASE("a name with a date is the model that is listed without one") {
    CHECK(kPrices.find("claude-x-20250929").input == 3.0);
    CHECK(kPrices.find("gpt-x-2025-09-29").input == 2.0);
    CHECK_FALSE(kPrices.find("claude-x-mini").is_known);
    CHECK_FALSE(kPrices.find("claude-x-2025092").is_known);
}

TEST_CASE("an unknown model costs as the dearest, and the call says so") {
    const CallCost call =
        cost_of_call(told(10, 10), facts_of("who"), kPrices, ModelProvider::anthropic);
    CHECK(call.cost == 10 * 3'000 + 10 * 15'000);
    CHECK(call.remarks == "unknown_model");
    CHECK_FALSE(call.is_estimated);
    // Without a price list, the highest known price applies.
    CHECK(cost_of_call(told(1, 1), facts_of("who"), PriceList(), ModelProvider::anthropic).cost ==
          90'000);
    // The provider's own name for the model may have a price.
    CallOutcome alias = told(10, 0);
    alias.usage.model = "gpt-x-2025-09-29";
    const CallCost known = cost_of_call(alias, facts_of("who"), kPrices, ModelProvider::openai);
    CHECK(known.cost == 10 * 2'000);
    CHECK(known.remarks.empty());
}

TEST_CASE("a price that is negative or missing is none: the dearest, and the call says so") {
    const CallCost call =
        cost_of_call(told(10, 10), facts_of("broken"), kPrices, ModelProvider::anthropic);
    CHECK(call.cost == 10 * 3'000 + 10 * 15'000);
    CHECK(call.remarks == "no_price");
    const PriceList nonsense({{.name = "m",
                               .input = std::numeric_limits<double>::quiet_NaN(),
                               .output = std::numeric_limits<double>::infinity()}});
    CHECK(nonsense.find("m").input == kDearestInput);
    CHECK(nonsense.find("m").output == kDearestOutput);
    CHECK(kPrices.find("free").is_priced);
}

TEST_CASE("a call without usage costs the most that it can have cost") {
    const RequestFacts facts = facts_of("claude-x");
    const std::int64_t input = 400 + kFrameTokens;
    CallOutcome outcome{.status = 200, .bytes = 40};
    CallCost call = cost_of_call(outcome, facts, kPrices, ModelProvider::anthropic);
    CHECK(call.tokens == TokenCounts{.input = input, .output = 40});
    CHECK(call.is_estimated);
    CHECK(call.remarks == "estimated");
    outcome.bytes = 1'000'000;  // more output than the request allowed
    CHECK(cost_of_call(outcome, facts, kPrices, ModelProvider::anthropic).tokens.output == 100);
}

TEST_CASE("who hangs up early pays for what the provider does all the same") {
    RequestFacts facts = facts_of("claude-x");
    CallOutcome early{.end = CallEnd::abandoned, .status = 0};
    CHECK(cost_of_call(early, facts, kPrices, ModelProvider::anthropic).tokens.output == 100);
    facts.streams = true;
    const CallCost streamed = cost_of_call(early, facts, kPrices, ModelProvider::anthropic);
    CHECK(streamed.tokens == TokenCounts{.input = 400 + kFrameTokens});
    CHECK(streamed.remarks == "abandoned, estimated");
    CallOutcome late{.end = CallEnd::abandoned,
                     .status = 200,
                     .usage = {.tokens = {.input = 7, .output = 1}, .tells_input = true},
                     .bytes = 60};
    CHECK(cost_of_call(late, facts, kPrices, ModelProvider::anthropic).tokens ==
          TokenCounts{.input = 7, .output = 60});
}

TEST_CASE("what the provider refused, never got or never answered costs nothing") {
    for (const CallOutcome& outcome :
         {CallOutcome{.status = 400, .bytes = 90}, CallOutcome{.status = 529},
          CallOutcome{.end = CallEnd::unsent}, CallOutcome{.end = CallEnd::broken}}) {
        const CallCost call =
            cost_of_call(outcome, facts_of("claude-x"), kPrices, ModelProvider::anthropic);
        CHECK(call.cost == 0);
        CHECK(call.tokens == TokenCounts{});
    }
}

TEST_CASE("the most that a request can cost is never below what it does cost") {
    const RequestFacts facts{.model = "gpt-x", .most_output = 50, .answers = 2, .bytes = 300};
    const PricedModel price = kPrices.find("gpt-x");
    CHECK(most_input(facts, price) == 1'000);  // the window is smaller than the text's estimate
    CHECK(most_output(facts, price) == 100);
    CHECK(most_cost(facts, price, ModelProvider::openai) ==
          cost_of(price, ModelProvider::openai, {.input = 1'000, .output = 100}));
    RequestFacts stored = facts_of("claude-x");
    stored.reads_elsewhere = true;
    CHECK(most_input(stored, kPrices.find("claude-x")) == kUsualContext);
    CHECK(most_output({.model = "m"}, PricedModel{}) == kUsualMostOutput);
}
