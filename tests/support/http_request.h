// A small HTTP client for tests: one request, one connection, over TCP or a unix socket.
// An answer of any status is a response; only a failed exchange throws std::runtime_error.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method = "GET";
    std::string target;  // "/api/tasks?limit=2"
    HttpHeaders headers{};
    std::string body{};
    std::chrono::milliseconds limit{30'000};
};

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;
    std::string body;
    // The first header of that name, ignoring case; empty if there is none.
    [[nodiscard]] std::string header(std::string_view name) const;
};

// `address`: "http://127.0.0.1:8080" or "unix:///path/to/socket".
[[nodiscard]] HttpResponse http(std::string_view address, const HttpRequest& request);

}  // namespace tests
