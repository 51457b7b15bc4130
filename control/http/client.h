// The HTTP client: libcurl's multi interface on one thread, however many requests are in progress.
//
// Failure: no connection, a timeout or a broken answer is `transient`; any HTTP status is an
// answer, not a failure. `on_data`, when given, gets the body as it comes (on the client's thread;
// it must not wait; returning false ends the request as `transient` "stopped by the caller") and
// the returned body is empty. Thread: from any thread.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "control/http/message.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

namespace control {

// For a server whose certificate no public authority has signed. All PEM.
struct ClientTls {
    std::string authorities{};  // the only trusted ones; empty: the system's
    std::string certificate{};  // ours, if the server asks for one
    std::string key{};
};

struct ClientRequest {
    std::string method = "GET";
    std::string url;           // http:// or https://
    std::string connect_to{};  // "host:port": when set, connects there; the URL's host is asked for
    std::string unix_socket{};  // when set, connects there instead of to the URL's host
    std::vector<HttpHeader> headers{};
    std::string body{};
    std::shared_ptr<const ClientTls> tls{};
    std::chrono::milliseconds timeout{
        10'000};  // whole exchange; zero: only `idle_timeout` bounds it
    std::chrono::milliseconds idle_timeout{0};  // without a byte either way; zero: not watched
    std::size_t max_body = 16 << 20;
    std::function<void(int status, const std::vector<HttpHeader>&)> on_headers{};
    std::function<bool(std::string_view)> on_data{};
    // https only: receives the end of the validity of the server's certificate, right before
    // `on_headers`. Such a request has a connection of its own.
    std::function<void(contracts::Timestamp)> on_certificate{};
    // A streamed request body: called for the next bytes (empty optional: none yet, call
    // HttpExchange::resume; empty string: the end). When set, `body` is not sent.
    std::function<std::optional<std::string>(std::size_t most)> on_read{};
};

// A request in progress. Dropping it does not end it; `cancel` does.
class HttpExchange {
public:
    virtual ~HttpExchange() = default;
    virtual void cancel() = 0;
    virtual void resume() = 0;        // the request body has more
    virtual void hold_data() = 0;     // stop reading the answer …
    virtual void release_data() = 0;  // … and go on: back pressure
};

class HttpClient {
public:
    HttpClient();
    ~HttpClient();

    // Waits for the answer; a stop request ends the wait.
    [[nodiscard]] contracts::Result<HttpResponse> perform(ClientRequest request,
                                                          std::stop_token stop = {});
    // `done` is called once, on the client's thread.
    std::shared_ptr<HttpExchange> start(ClientRequest request,
                                        std::function<void(contracts::Result<HttpResponse>)> done);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace control
