#include "control/egress/request.h"

#include "contracts/base/number.h"
#include "contracts/base/text.h"

#include <algorithm>
#include <vector>

namespace control::egress {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr std::size_t kMostHeaders = 100;

struct Header {
    std::string_view name;
    std::string_view value;
};

struct Head {
    std::string_view method;
    std::string_view target;
    bool old = false;  // HTTP/1.0
    std::vector<Header> headers;
};

bool equals(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](char x, char y) { return contracts::lower_case(x) == contracts::lower_case(y); });
}

bool is_token(std::string_view text) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        const char small = contracts::lower_case(c);
        return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
               kMarks.find(c) != std::string_view::npos;
    });
}

// Whether the text has no character that a parser could read as the end of a line.
bool is_clean(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
    return line;
}

std::unexpected<contracts::Error> malformed(std::string_view what) {
    return fail(ErrorKind::invalid, what);
}

Result<Head> parse_request_line(std::string_view line) {
    Head head;
    const std::size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return malformed("the request line must be METHOD TARGET VERSION");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    head.old = version == "HTTP/1.0";
    if (!head.old && version != "HTTP/1.1") return malformed("the version must be HTTP/1.1");
    if (!is_token(head.method)) return malformed("the method is not a word");
    if (head.target.empty() || head.target.find_first_of(" \t") != std::string_view::npos)
        return malformed("the target must not have spaces");
    return head;
}

Result<Head> parse_head(std::string_view text) {
    if (text.size() > kMaxHead || !text.ends_with("\r\n\r\n"))
        return malformed("the head must end with an empty line within " + std::to_string(kMaxHead) +
                         " bytes");
    text.remove_suffix(2);
    const std::string_view first = take_line(text);
    if (!is_clean(first)) return malformed("the request line has control characters");
    Result<Head> head = parse_request_line(first);
    if (!head) return head;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || !is_clean(line))
            return malformed("a header is not NAME: VALUE");
        if (head->headers.size() == kMostHeaders) return malformed("there are too many headers");
        head->headers.push_back(
            {line.substr(0, colon), contracts::trimmed(line.substr(colon + 1), " \t")});
    }
    return head;
}

// Whether the header is meant for the proxy, or is written anew for the server.
bool is_ours(const Head& head, std::string_view name) {
    for (const std::string_view ours : {"host", "connection", "keep-alive", "te", "trailer",
                                        "upgrade", "content-length", "transfer-encoding"})
        if (equals(name, ours)) return true;
    if (name.size() >= 6 && equals(name.substr(0, 6), "proxy-")) return true;
    for (const Header& header : head.headers) {
        if (!equals(header.name, "connection")) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const std::size_t comma = rest.find(',');
            if (equals(contracts::trimmed(rest.substr(0, comma), " \t"), name)) return true;
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
    }
    return false;
}

// The length of the request's body; empty if there is none.
Result<std::optional<std::uint64_t>> body_length(const Head& head) {
    std::optional<std::uint64_t> length;
    for (const Header& header : head.headers) {
        if (equals(header.name, "transfer-encoding"))
            return malformed("a body must come with Content-Length");
        if (!equals(header.name, "content-length")) continue;
        const auto number = contracts::whole_number(header.value, 0);
        if (length || !number) return malformed("Content-Length must be one number");
        length = static_cast<std::uint64_t>(*number);
    }
    return length;
}

Result<ProxyRequest> parse_forward(const Head& head) {
    constexpr std::string_view kScheme = "http://";
    if (head.target.size() < kScheme.size() ||
        !equals(head.target.substr(0, kScheme.size()), kScheme))
        return malformed("the target must be an http:// URL; for others send CONNECT HOST:PORT");
    const std::string_view rest = head.target.substr(kScheme.size());
    const std::size_t end = rest.find_first_of("/?#");
    const std::string_view authority = rest.substr(0, end);
    std::string path(end == std::string_view::npos ? std::string_view() : rest.substr(end));
    path.erase(std::min(path.find('#'), path.size()));
    if (!path.starts_with('/')) path.insert(0, 1, '/');
    constexpr std::uint16_t kPlainPort = 80;
    Result<Target> target = parse_target(authority, kPlainPort);
    if (!target) return target.fault();
    const Result<std::optional<std::uint64_t>> length = body_length(head);
    if (!length) return length.fault();
    ProxyRequest request{.kind = ProxyRequest::Kind::forward,
                         .target = std::move(*target),
                         .head = {},
                         .body = length->value_or(0)};
    request.head.append(head.method).append(" ").append(path);
    request.head.append(head.old ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
    request.head.append("Host: ").append(authority).append("\r\n");
    for (const Header& header : head.headers)
        if (!is_ours(head, header.name))
            request.head.append(header.name).append(": ").append(header.value).append("\r\n");
    if (*length) request.head += "Content-Length: " + std::to_string(**length) + "\r\n";
    request.head += "Connection: close\r\n\r\n";
    return request;
}

}  // namespace

Result<ProxyRequest> parse_proxy_request(std::string_view text) {
    const Result<Head> head = parse_head(text);
    if (!head) return head.fault();
    if (head->method == "CONNECT") {
        constexpr std::uint16_t kNoPort = 0;
        Result<Target> target = parse_target(head->target, kNoPort);
        if (!target) return target.fault();
        if (target->port == kNoPort) return malformed("CONNECT needs a port");
        return ProxyRequest{.kind = ProxyRequest::Kind::tunnel, .target = std::move(*target)};
    }
    if (head->target.starts_with('/')) return ProxyRequest{.kind = ProxyRequest::Kind::about};
    return parse_forward(*head);
}

}  // namespace control::egress
