// The user that a terminal of this machine acts as, and its requests to the API.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/result.h"

#include <string>

namespace control {

class HttpClient;

struct ApiAccess {
    std::string url;
    std::string token;  // an administrator's
};

// The id of the user `wanted` (an id or telegram_id); if empty, of the oldest administrator, who is
// created if there is none. Failure: the API's, in words for a person.
[[nodiscard]] contracts::Result<std::string> terminal_user(const ApiAccess& api,
                                                           const std::string& wanted);

// The API's answer. Failure: the connection's; `not_found` for 404; `permission` for any other
// status of 400 or more and for an answer that is not JSON.
[[nodiscard]] contracts::Result<contracts::Json> ask_api(HttpClient& client, const ApiAccess& api,
                                                         std::string method,
                                                         const std::string& target,
                                                         const contracts::Json& body = {});

}  // namespace control
