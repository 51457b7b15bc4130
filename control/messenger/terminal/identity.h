// As whom a terminal of this machine speaks, and how it asks the API.
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

// The id of the user that `wanted` names (by id or telegram_id); without one, of the oldest
// administrator, who is added when there is none. Failure: the API's, in words for a person.
[[nodiscard]] contracts::Result<std::string> terminal_user(const ApiAccess& api,
                                                           const std::string& wanted);

// What the API answers. Failure: the connection's; `not_found` for 404; `permission` for any other
// status of 400 or more and for what is not JSON.
[[nodiscard]] contracts::Result<contracts::Json> ask_api(HttpClient& client, const ApiAccess& api,
                                                         std::string method,
                                                         const std::string& target,
                                                         const contracts::Json& body = {});

}  // namespace control
