// HTTP to the API with libcurl: http://, https:// and unix:///path. One connection is kept for the
// life of the object.
//
// Failure: a connection that cannot be made, breaks or takes too long is `transient`; refused
// certificates and a wrong API_URL are `fatal`. Any HTTP status is an answer. Redirects are not
// followed: the token goes to one host.
#pragma once

#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace cli {

struct HttpEndpoint {
    std::string base;         // "http://host:port/prefix", without a slash at its end
    std::string socket_path;  // of unix:///path

    // Fails with `fatal`, field API_URL.
    [[nodiscard]] static contracts::Result<HttpEndpoint> parse(std::string_view url);
};

struct HttpRequest {
    std::string_view method;
    std::string_view path;
    std::string_view body{};  // JSON; empty: none
    std::string_view idempotency_key{};
};

struct HttpAnswer {
    std::int64_t status = 0;
    std::string body;
    std::string link;
    std::string proxy{};  // the proxy that it came through, in words; empty: none
};

inline constexpr std::size_t kMaxAnswerBytes = 16 << 20;

class HttpClient {
public:
    // `token` and `ca_file` may be empty.
    HttpClient(HttpEndpoint endpoint, std::string token, std::string ca_file,
               std::chrono::milliseconds timeout);
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;
    ~HttpClient();

    [[nodiscard]] contracts::Result<HttpAnswer> send(const HttpRequest& request);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cli
