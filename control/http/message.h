// HTTP as our handlers see it, whatever library carries it.
#pragma once

#include "contracts/base/json.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace control {

struct HttpHeader {
    std::string name;  // as sent; compare without case
    std::string value;
};

struct HttpRequest {
    std::string method;
    std::string path;  // decoded segments are the router's business: raw, without query
    std::map<std::string, std::string> query;  // decoded
    std::vector<HttpHeader> headers;
    std::string body;
    // At a door whose requests are cancelled (UnixOptions): requested when nobody waits for the
    // answer any more.
    std::stop_token cancelled{};

    // Empty if the header is absent or has no value.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
};

class BodySource;

struct HttpResponse {
    int status = 200;
    std::vector<HttpHeader> headers;
    std::string body;
    std::shared_ptr<BodySource> stream{};  // in place of `body` (control/http/body_source.h)

    [[nodiscard]] std::string_view header(std::string_view name) const;
};

// RFC 9457 problem JSON for an Error, with the status of its kind, or with a status that HTTP
// itself requires. `detail` is the error's message, with `field` and `next_step` beside it. The
// cause of an internal error (500) is not included.
[[nodiscard]] HttpResponse problem(const contracts::Error& error);
[[nodiscard]] HttpResponse problem(int status, const contracts::Error& error);
[[nodiscard]] int status_of(contracts::ErrorKind kind);
[[nodiscard]] HttpResponse json_response(int status, const contracts::Json& body);
// For a body that is JSON text already.
[[nodiscard]] HttpResponse json_text_response(int status, std::string body);

// "a=1&b=x%20y" decoded; the first of several equal names counts. Fails with `invalid` at a broken
// escape.
[[nodiscard]] contracts::Result<std::map<std::string, std::string>> parse_query(
    std::string_view text);
[[nodiscard]] contracts::Result<std::string> decode_percent(std::string_view text);
[[nodiscard]] std::string encode_percent(std::string_view text);

// Answers exactly once, from any thread; a reply that is dropped unanswered is a 500.
using HttpReply = std::function<void(HttpResponse)>;
// Runs on the server's event loop: must not wait. A handler that takes time keeps the reply and
// calls it later.
using HttpHandler = std::function<void(HttpRequest, HttpReply)>;

}  // namespace control
