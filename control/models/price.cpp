#include "control/models/price.h"

#include <algorithm>
#include <cmath>

namespace control {

namespace {

// A million dollars: sums of many larger amounts would overflow.
constexpr double kMostNanodollars = 1e15;

bool is_price(const std::optional<double>& price) {
    return price && std::isfinite(*price) && *price >= 0;
}

bool is_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "-20250929" or "-2025-09-29"
bool is_date(std::string_view text) {
    if (text.size() == 9) return text[0] == '-' && is_digits(text.substr(1));
    return text.size() == 11 && text[0] == '-' && text[5] == '-' && text[8] == '-' &&
           is_digits(text.substr(1, 4)) && is_digits(text.substr(6, 2)) &&
           is_digits(text.substr(9));
}

// A price in dollars per million tokens is the same number of thousands of billionths per token.
double nanodollars(double price, std::int64_t tokens, double part = 1.0) {
    return price * 1000.0 * part * static_cast<double>(tokens);
}

Nanodollars whole(double nanodollars) {
    return static_cast<Nanodollars>(std::llround(std::clamp(nanodollars, 0.0, kMostNanodollars)));
}

}  // namespace

bool is_same_model(std::string_view listed, std::string_view name) {
    return name == listed || (name.starts_with(listed) && is_date(name.substr(listed.size())));
}

PriceList::PriceList(std::vector<ModelPrice> models) : models_(std::move(models)) {
    bool any_input = false, any_output = false;
    for (const ModelPrice& model : models_) {
        if (is_price(model.input)) {
            dearest_input_ = any_input ? std::max(dearest_input_, *model.input) : *model.input;
            any_input = true;
        }
        if (is_price(model.output)) {
            dearest_output_ = any_output ? std::max(dearest_output_, *model.output) : *model.output;
            any_output = true;
        }
    }
}

PricedModel PriceList::find(std::string_view name) const {
    PricedModel priced{.input = dearest_input_, .output = dearest_output_};
    const ModelPrice* found = nullptr;
    for (const ModelPrice& model : models_)
        if (is_same_model(model.name, name) && (found == nullptr || model.name == name))
            found = &model;
    if (found == nullptr) return priced;
    priced.is_known = true;
    priced.is_priced = is_price(found->input) && is_price(found->output);
    if (is_price(found->input)) priced.input = *found->input;
    if (is_price(found->output)) priced.output = *found->output;
    priced.context_window = std::max<std::int64_t>(found->context_window, 0);
    return priced;
}

Nanodollars cost_of(const PricedModel& price, ModelProvider provider, const TokenCounts& tokens) {
    const std::int64_t long_write = std::min(tokens.long_write, tokens.cache_write);
    const double cache_read = provider == ModelProvider::openai ? kOpenAiCacheRead : kCacheRead;
    return whole(nanodollars(price.input, tokens.input) +
                 nanodollars(price.input, tokens.cache_read, cache_read) +
                 nanodollars(price.input, tokens.cache_write - long_write, kCacheWrite) +
                 nanodollars(price.input, long_write, kLongCacheWrite) +
                 nanodollars(price.output, tokens.output));
}

std::int64_t most_input(const RequestFacts& facts, const PricedModel& price) {
    const std::int64_t context = price.context_window > 0 ? price.context_window : kUsualContext;
    if (facts.reads_elsewhere) return context;
    const std::int64_t told = static_cast<std::int64_t>(facts.bytes) + kFrameTokens;
    return price.context_window > 0 ? std::min(told, context) : told;
}

std::int64_t most_output(const RequestFacts& facts, const PricedModel& price) {
    std::int64_t most = facts.most_output > 0 ? facts.most_output : kUsualMostOutput;
    if (price.context_window > 0) most = std::min(most, price.context_window);
    return most * facts.answers;
}

Nanodollars most_cost(const RequestFacts& facts, const PricedModel& price, ModelProvider provider) {
    // Writing to Anthropic's cache costs more than ordinary input.
    const double part = provider == ModelProvider::anthropic ? kLongCacheWrite : 1.0;
    return whole(nanodollars(price.input, most_input(facts, price), part) +
                 nanodollars(price.output, most_output(facts, price)));
}

}  // namespace control
