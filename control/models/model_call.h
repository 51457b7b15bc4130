// Which calls of models' APIs go through, and whose they are. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace control {

// Who is asked: the provider's key and upstream follow from it.
enum class ModelProvider { anthropic, openai };
inline constexpr int kModelProviders = 2;

// The calls that cost money, by how they are written.
enum class ModelApi {
    none,       // lists of models, counting tokens: free
    messages,   // Anthropic's Messages
    responses,  // OpenAI's Responses
    chat        // OpenAI's Chat Completions
};

// "messages", as rows name it; empty: none.
[[nodiscard]] std::string_view name_of(ModelApi api);

struct ModelRoute {
    bool passes = false;  // else it is not a call of a model
    bool either = false;  // both providers have it: whoever asks tells by its headers
    ModelProvider provider = ModelProvider::anthropic;
    ModelApi api = ModelApi::none;
};

// `target`: the path with its query.
[[nodiscard]] ModelRoute route_of(std::string_view method, std::string_view target);

}  // namespace control
