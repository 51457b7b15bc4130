// As whom a terminal of this machine speaks.
#pragma once

#include "contracts/base/result.h"

#include <string>

namespace control {

struct ApiAccess {
    std::string url;
    std::string token;  // an administrator's
};

// The id of the user that `wanted` names (by id or telegram_id); without one, of the oldest
// administrator, who is added when there is none. Failure: the API's, in words for a person.
[[nodiscard]] contracts::Result<std::string> terminal_user(const ApiAccess& api,
                                                           const std::string& wanted);

}  // namespace control
