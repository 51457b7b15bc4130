// A cluster's API server as our code asks it: paths below its address, answers and refusals as
// values. A 429 is waited for as the server asks, three times at most. Thread: from any thread.
#pragma once

#include "contracts/base/json.h"
#include "control/http/client.h"
#include "control/runtime/kubernetes/kubeconfig.h"

#include <chrono>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace control::kubernetes {

inline constexpr std::chrono::milliseconds kCallTimeout{30'000};

class ApiServer {
public:
    // `http` must outlive it.
    ApiServer(HttpClient& http, Access access) : http_(http), access_(std::move(access)) {}

    // For a path ("/api/v1/…"), to be completed by the caller.
    [[nodiscard]] contracts::Result<ClientRequest> request(std::string method,
                                                           std::string_view path) const;
    // Any status is an answer.
    [[nodiscard]] contracts::Result<HttpResponse> ask(
        std::string method, std::string_view path,
        const std::optional<contracts::Json>& body = std::nullopt,
        std::string_view content_type = "application/json") const;
    // As `ask`, and the answer must be a 200 or 201 with JSON.
    [[nodiscard]] contracts::Result<contracts::Json> get_json(
        std::string method, std::string_view path,
        const std::optional<contracts::Json>& body = std::nullopt) const;

    [[nodiscard]] HttpClient& http() const { return http_; }
    [[nodiscard]] const std::string& server() const { return access_.server; }

private:
    [[nodiscard]] contracts::Result<std::string> token() const;

    HttpClient& http_;
    Access access_;
    mutable std::mutex mutex_;
    mutable std::string token_;
    mutable std::optional<std::chrono::steady_clock::time_point> token_read_;
};

// An answer that is not one of the expected ones, with the server's own words.
[[nodiscard]] contracts::Error refusal(int status, std::string_view body, std::string_view what);

// What stands below these keys; null where one is missing.
[[nodiscard]] const contracts::Json& at(const contracts::Json& object,
                                        std::initializer_list<std::string_view> keys);
[[nodiscard]] std::string text_below(const contracts::Json& object,
                                     std::initializer_list<std::string_view> keys);

}  // namespace control::kubernetes
