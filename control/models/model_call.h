// Classifies calls of models' APIs. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace control {

// Determines the key and the upstream.
enum class ModelProvider { anthropic, openai };
inline constexpr int kModelProviders = 2;

// The calls that cost money, by their format.
enum class ModelApi {
    none,       // lists of models, counting tokens: free
    messages,   // Anthropic's Messages
    responses,  // OpenAI's Responses
    chat        // OpenAI's Chat Completions
};

// "messages", the name in rows; empty: none.
[[nodiscard]] std::string_view name_of(ModelApi api);

struct ModelRoute {
    bool passes = false;  // otherwise it is not a call of a model's API
    bool either = false;  // both providers support it: the caller's headers decide
    ModelProvider provider = ModelProvider::anthropic;
    ModelApi api = ModelApi::none;
};

// `target`: the path with its query.
[[nodiscard]] ModelRoute route_of(std::string_view method, std::string_view target);

}  // namespace control
