// Docker Engine's HTTP API as our code uses it: paths below the API version that the engine and we
// have in common, answers and refusals as values. Used by the runtime and by the image builder.
// Thread: from any thread.
#pragma once

#include "contracts/base/json.h"
#include "control/http/client.h"
#include "control/runtime/docker/api_version.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace control::docker {

inline constexpr std::chrono::milliseconds kCallTimeout{30'000};

class Engine {
public:
    Engine(HttpClient& http, std::string socket, ApiVersion version = kOldestApi)
        : http_(http), socket_(std::move(socket)), version_(version) {}

    // Asks for the engine's versions, chooses one, and returns the engine's whole answer. Failure:
    // `transient` if it does not answer, `fatal` if we have no version in common.
    [[nodiscard]] contracts::Result<contracts::Json> negotiate() const;
    [[nodiscard]] ApiVersion version() const { return version_; }

    // A request for `target` ("/containers/json?all=1"), which the caller completes.
    [[nodiscard]] ClientRequest request(std::string method, std::string_view target) const;
    // Any status is an answer. If the engine was replaced by one without our version, it answers
    // 400: the version is then negotiated again and the call is repeated once.
    [[nodiscard]] contracts::Result<HttpResponse> ask(
        std::string method, std::string_view target,
        const std::optional<contracts::Json>& body = std::nullopt,
        std::chrono::milliseconds timeout = kCallTimeout) const;
    // A GET whose answer must be 200 and JSON.
    [[nodiscard]] contracts::Result<contracts::Json> get(std::string_view target) const;

    [[nodiscard]] HttpClient& http() const { return http_; }
    [[nodiscard]] const std::string& socket() const { return socket_; }

private:
    HttpClient& http_;
    std::string socket_;
    mutable std::atomic<ApiVersion> version_;
};

// Connects and hangs up. Failure: `not_found` if there is no socket; `fatal` if there is one that
// refuses us, with the reason and what to do.
[[nodiscard]] contracts::Result<void> check_reachable(const std::string& socket);

// For an unexpected status, with the engine's own message.
[[nodiscard]] contracts::Error refusal(int status, std::string_view body, std::string_view what);

// A member of an answer, or the fallback if it is missing or of another type, because the engine's
// answers are not trusted to be complete.
[[nodiscard]] std::string text_at(const contracts::Json& object, std::string_view key);
[[nodiscard]] bool flag_at(const contracts::Json& object, std::string_view key);
[[nodiscard]] std::int64_t number_at(const contracts::Json& object, std::string_view key);
// Null if it is missing.
[[nodiscard]] const contracts::Json& member(const contracts::Json& object, std::string_view key);

}  // namespace control::docker
