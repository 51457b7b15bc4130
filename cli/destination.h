// Where commands go: to PID 1 over the agent's socket, or to the API and Redis themselves. Nothing
// is opened before the first call.
//
// Failure: an error answer comes as an Error of its kind (404 is not_found, 409 conflict,
// 503 transient …).
#pragma once

#include "contracts/base/json.h"
#include "contracts/messages/progress.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// An API request between parts of ours, in either body.
inline constexpr std::chrono::milliseconds kApiTimeout{10'000};

// The connections that a command needs.
enum class Reach {
    nothing,      // no permission either
    api,          // reads, and what may be done twice; events of the bus where there is one
    bus,          // Redis alone
    api_and_bus,  // writes to both
    user,         // writes to whom the worker works for
};
// What may have been done although its answer was lost: it has a key, under which it is done once.
constexpr bool writes(Reach reach) {
    return reach == Reach::api_and_bus || reach == Reach::user;
}

struct ApiRequest {
    std::string_view method;
    std::string path;  // with its query
    std::optional<contracts::Json> body{};
    std::string idempotency_key{};  // empty: none
};

struct ApiAnswer {
    contracts::Json body;
    std::string next_cursor;  // of a list; empty: this was the last page
};

struct Progress {
    std::string id;  // of the stream entry
    contracts::ProgressEvent event;
};

class Destination {
public:
    virtual ~Destination() = default;
    [[nodiscard]] virtual contracts::Result<ApiAnswer> api(const ApiRequest& request) = 0;
    // A message about a task; it has `task_id` and `request_id`.
    [[nodiscard]] virtual contracts::Result<void> publish(std::string_view stream,
                                                          const contracts::Json& message) = 0;
    // The progress of a task after the entry `after` ("0": from the beginning); waits at most
    // `wait` for the first. `after` moves to the last entry looked at.
    [[nodiscard]] virtual contracts::Result<std::vector<Progress>> follow(
        const std::string& task_id, std::string& after, std::chrono::milliseconds wait) = 0;
    // Words to the user whom this worker works for, before its answer; once for a key.
    [[nodiscard]] virtual contracts::Result<void> respond(const std::string& text,
                                                          const std::string& idempotency_key) = 0;
    // Whether Redis answers.
    [[nodiscard]] virtual contracts::Result<void> ping_bus() = 0;
};

}  // namespace cli
