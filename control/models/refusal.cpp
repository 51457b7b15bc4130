#include "control/models/refusal.h"

namespace control {

using contracts::Json;

namespace {

struct Shape {
    int status;
    std::string_view anthropic;
    std::string_view openai;
};

Shape shape_of(RefusalKind kind) {
    switch (kind) {
        case RefusalKind::invalid_request:
            return {400, "invalid_request_error", "invalid_request_error"};
        case RefusalKind::budget_reached:
            return {402, "billing_error", "insufficient_quota"};
        case RefusalKind::not_allowed:
            return {403, "permission_error", "permission_error"};
        case RefusalKind::rate_limited:
            return {429, "rate_limit_error", "rate_limit_exceeded"};
        case RefusalKind::unavailable:
            break;
    }
    return {503, "api_error", "server_error"};
}

}  // namespace

HttpResponse refusal(ModelProvider provider, RefusalKind kind, std::string_view message,
                     std::chrono::seconds retry_after) {
    const Shape shape = shape_of(kind);
    Json error{{"type", provider == ModelProvider::anthropic ? shape.anthropic : shape.openai},
               {"message", message}};
    Json body{{"error", error}};
    if (provider == ModelProvider::anthropic) {
        body["type"] = "error";
    } else {
        body["error"]["param"] = nullptr;
        body["error"]["code"] = kind == RefusalKind::budget_reached
                                    ? Json("budget_reached")
                                    : Json(std::string(shape.openai));
    }
    HttpResponse response = json_response(shape.status, body);
    if (retry_after.count() > 0)
        response.headers.push_back({"Retry-After", std::to_string(retry_after.count())});
    return response;
}

}  // namespace control
