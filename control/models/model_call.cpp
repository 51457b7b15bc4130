#include "control/models/model_call.h"

namespace control {

std::string_view name_of(ModelApi api) {
    switch (api) {
        case ModelApi::messages:
            return "messages";
        case ModelApi::responses:
            return "responses";
        case ModelApi::chat:
            return "chat";
        case ModelApi::none:
            break;
    }
    return {};
}

ModelRoute route_of(std::string_view method, std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    if (path.find("..") != std::string_view::npos) return {};
    using enum ModelProvider;
    if (method == "POST") {
        if (path == "/v1/responses") return {true, false, openai, ModelApi::responses};
        if (path == "/v1/chat/completions") return {true, false, openai, ModelApi::chat};
        if (path == "/v1/messages") return {true, false, anthropic, ModelApi::messages};
        if (path == "/v1/messages/count_tokens") return {true, false, anthropic, ModelApi::none};
        return {};
    }
    if (method != "GET") return {};
    constexpr std::string_view kModels = "/v1/models/";
    const bool one = path.starts_with(kModels) &&
                     path.find_first_of("/%", kModels.size()) == std::string_view::npos;
    if (one || path == "/v1/models") return {true, true, anthropic, ModelApi::none};
    return {};
}

}  // namespace control
