// Finds the caller in a request's headers.
#pragma once

#include "control/api/exchange.h"

namespace control {

// `Authorization: Bearer <token>`; with `X-Telegram-ID`, the user with that id, if the token may
// act for users. A failure is the answer to send: 401 without a valid token, 403 for a user who is
// unknown or for whom this token may not act, 503 if the store does not answer (the log has the
// reason).
[[nodiscard]] std::expected<std::shared_ptr<const Caller>, HttpResponse> authenticate(
    const ApiContext& context, const HttpRequest& request);

}  // namespace control
