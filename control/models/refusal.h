// Refusals by the gateway itself, in the form of the provider's errors, so that each agent shows
// the reason like an error of its provider. Pure.
#pragma once

#include "control/http/message.h"
#include "control/models/model_call.h"

#include <chrono>

namespace control {

enum class RefusalKind {
    invalid_request,  // 400
    budget_reached,   // 402
    not_allowed,      // 403
    rate_limited,     // 429
    unavailable       // 503
};

// `retry_after`: zero leaves the header out.
[[nodiscard]] HttpResponse refusal(ModelProvider provider, RefusalKind kind,
                                   std::string_view message,
                                   std::chrono::seconds retry_after = std::chrono::seconds(0));

}  // namespace control
