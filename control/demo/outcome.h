// The result of the demo's project, as reported by the API.
#pragma once

#include "contracts/base/json.h"
#include "control/messenger/terminal/identity.h"

#include <string>

namespace control {
class HttpClient;
}

namespace control::demo {

struct Outcome {
    contracts::Json built;  // the result of the task that built it; null until that is done
    std::string url;        // empty until it is online
};

// Failure: the API's; `fatal` if a task has failed or was cancelled, with its type and result.
[[nodiscard]] contracts::Result<Outcome> look_at_project(HttpClient& http, const ApiAccess& api);

}  // namespace control::demo
