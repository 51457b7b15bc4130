// From a request's headers to its caller.
#pragma once

#include "contracts/base/log.h"
#include "control/api/caller.h"
#include "control/http/message.h"

namespace control {

// `Authorization: Bearer <token>`; with `X-Telegram-ID`, the user of that id, if the token may
// speak for users. What is wrong comes back as the answer: 401 without a good token, 403 for a user
// who is not known or not to be spoken for, 503 where the store does not say (the log has why).
[[nodiscard]] std::expected<Caller, HttpResponse> authenticate(Queries& db,
                                                               const HttpRequest& request,
                                                               contracts::Timestamp now,
                                                               const contracts::Log& log);

}  // namespace control
