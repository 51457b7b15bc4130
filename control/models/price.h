// The cost of tokens. Pure. Prices are dollars per million tokens, as providers publish them and
// AvailableModel stores them; costs are whole billionths of a dollar.
#pragma once

#include "control/models/model_call.h"
#include "control/models/request_facts.h"
#include "control/store/model_spending.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct ModelPrice {
    std::string name{};
    // Absent, negative or not finite: unknown.
    std::optional<double> input{};
    std::optional<double> output{};
    std::int64_t context_window = 0;  // tokens; 0: unknown
};

// Used if nothing is known: no model that is offered today costs more.
inline constexpr double kDearestInput = 15.0;
inline constexpr double kDearestOutput = 75.0;
// The price of cached input as a share of the input's price, at the most expensive provider.
inline constexpr double kCacheRead = 0.1;
inline constexpr double kOpenAiCacheRead = 0.5;
inline constexpr double kCacheWrite = 1.25;
inline constexpr double kLongCacheWrite = 2.0;
// The assumed limit of an answer if neither the request nor the model has one.
inline constexpr std::int64_t kUsualMostOutput = 32'000;
inline constexpr std::int64_t kUsualContext = 200'000;
// What a provider adds to a request's text: the frame of tools, of a system prompt.
inline constexpr std::int64_t kFrameTokens = 2'000;

struct PricedModel {
    double input = kDearestInput;
    double output = kDearestOutput;
    std::int64_t context_window = 0;
    bool is_known = false;   // the name is in the list
    bool is_priced = false;  // with both prices
};

// Whether `name` is the listed model, or the listed model followed by a date ("…-20250929",
// "…-2025-09-29").
[[nodiscard]] bool is_same_model(std::string_view listed, std::string_view name);

class PriceList {
public:
    PriceList() = default;
    explicit PriceList(std::vector<ModelPrice> models);

    // A model that is not in the list has the price of the most expensive one in it.
    [[nodiscard]] PricedModel find(std::string_view name) const;

private:
    std::vector<ModelPrice> models_;
    double dearest_input_ = kDearestInput;
    double dearest_output_ = kDearestOutput;
};

[[nodiscard]] Nanodollars cost_of(const PricedModel& price, ModelProvider provider,
                                  const TokenCounts& tokens);
// A token has at least one byte, so a request's size bounds its input.
[[nodiscard]] std::int64_t most_input(const RequestFacts& facts, const PricedModel& price);
[[nodiscard]] std::int64_t most_output(const RequestFacts& facts, const PricedModel& price);
// The most that a request can cost.
[[nodiscard]] Nanodollars most_cost(const RequestFacts& facts, const PricedModel& price,
                                    ModelProvider provider);

}  // namespace control
