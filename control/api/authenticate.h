// From a request's headers to its caller.
#pragma once

#include "control/api/exchange.h"

namespace control {

// `Authorization: Bearer <token>`; with `X-Telegram-ID`, the user of that id, if the token may
// speak for users. What is wrong comes back as the answer: 401 without a good token, 403 for a user
// who is not known or not to be spoken for, 503 where the store does not say (the log has why).
[[nodiscard]] std::expected<std::shared_ptr<const Caller>, HttpResponse> authenticate(
    const ApiContext& context, const HttpRequest& request);

}  // namespace control
