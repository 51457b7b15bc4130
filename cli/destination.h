// Where commands send requests: to PID 1 over the agent's socket, or directly to the API and Redis.
// Nothing is opened before the first call.
//
// Failure: an error answer becomes an Error of its kind (404 is not_found, 409 conflict, 503
// transient …).
#pragma once

#include "contracts/base/json.h"
#include "contracts/messages/progress.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The time limit of one API request, sent by us or by PID 1.
inline constexpr std::chrono::milliseconds kApiTimeout{10'000};

// The connections that a command needs.
enum class Reach {
    nothing,      // needs no permission
    api,          // reads, and repeatable changes; events if there is a bus
    bus,          // only Redis
    api_and_bus,  // writes to both
    user,         // writes to the user whom the worker works for
};
// Writes may have happened although the answer was lost; a key ensures that they happen once.
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
    // Publishes a message about a task, with `task_id` and `request_id`.
    [[nodiscard]] virtual contracts::Result<void> publish(std::string_view stream,
                                                          const contracts::Json& message) = 0;
    // The progress of a task after the entry `after` ("0": from the beginning); waits at most
    // `wait` for the first. `after` moves to the last entry looked at.
    [[nodiscard]] virtual contracts::Result<std::vector<Progress>> follow(
        const std::string& task_id, std::string& after, std::chrono::milliseconds wait) = 0;
    // Sends the worker's user a message before the final answer; once for each key.
    [[nodiscard]] virtual contracts::Result<void> respond(const std::string& text,
                                                          const std::string& idempotency_key) = 0;
    // Whether Redis answers.
    [[nodiscard]] virtual contracts::Result<void> ping_bus() = 0;
};

}  // namespace cli
