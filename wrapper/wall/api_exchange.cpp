#include "wrapper/wall/api_exchange.h"

#include "contracts/base/number.h"
#include "contracts/streams/socket.h"

#include <sys/socket.h>
#include <cerrno>

namespace wrapper {

namespace {

using contracts::ErrorKind;

bool same_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
    return true;
}

// The value of the first header of that name.
std::string_view header(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const std::string_view line = headers.substr(0, headers.find("\r\n"));
        headers.remove_prefix(std::min(line.size() + 2, headers.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
        std::string_view value = line.substr(colon + 1);
        while (value.starts_with(' ') || value.starts_with('\t'))
            value.remove_prefix(1);
        while (value.ends_with(' ') || value.ends_with('\t'))
            value.remove_suffix(1);
        return value;
    }
    return {};
}

std::unexpected<contracts::Error> malformed(const char* what) {
    return contracts::fail(ErrorKind::transient, std::string("the API's answer ") + what);
}

using Body = std::optional<contracts::Result<std::string>>;

Body read_chunks(std::string_view rest) {
    std::string body;
    for (;;) {
        const std::size_t end = rest.find("\r\n");
        if (end == std::string_view::npos) return std::nullopt;
        std::string_view digits = rest.substr(0, end);
        digits = digits.substr(0, digits.find_first_of("; \t"));  // extensions
        const auto number = contracts::whole_number(digits, 0, kLargestAnswer, 16);
        if (!number) return malformed("has a malformed chunk");
        const auto size = static_cast<std::size_t>(*number);
        rest.remove_prefix(end + 2);
        if (size == 0) return body;  // trailers are ignored
        if (rest.size() < size + 2) return std::nullopt;
        body.append(rest.substr(0, size));
        if (body.size() > kLargestAnswer) return malformed("is too large");
        rest.remove_prefix(size + 2);
    }
}

Body read_body(std::string_view headers, std::string_view rest, bool ended) {
    if (same_name(header(headers, "transfer-encoding"), "chunked")) return read_chunks(rest);
    const std::string_view length = header(headers, "content-length");
    if (length.empty()) return ended ? Body(std::string(rest)) : std::nullopt;
    const auto number = contracts::whole_number(length, 0, kLargestAnswer);
    if (!number) return malformed("has a malformed or too large Content-Length");
    const auto size = static_cast<std::size_t>(*number);
    if (rest.size() < size) return std::nullopt;
    return std::string(rest.substr(0, size));
}

}  // namespace

std::optional<contracts::Result<ApiAnswer>> read_answer(std::string_view bytes, bool ended) {
    using Answer = std::optional<contracts::Result<ApiAnswer>>;
    const std::size_t head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string_view::npos)
        return ended ? Answer(malformed("ended within its head")) : std::nullopt;
    const std::string_view head = bytes.substr(0, head_end);
    constexpr std::size_t kCodeAt = 9;  // "HTTP/1.1 200 OK"
    ApiAnswer answer;
    if (!head.starts_with("HTTP/1.") || head.size() < kCodeAt + 3) return malformed("is not HTTP");
    const auto status = contracts::whole_number(head.substr(kCodeAt, 3), 200, 599);
    if (!status) return malformed("has no usable status");
    answer.status = static_cast<int>(*status);
    const std::size_t line_end = std::min(head.find("\r\n") + 2, head.size());
    const std::string_view headers = head.substr(line_end);
    answer.link = header(headers, "link");
    if (answer.status == 204 || answer.status == 304) return answer;
    Body body = read_body(headers, bytes.substr(head_end + 4), ended);
    if (!body) return ended ? Answer(malformed("ended too early")) : std::nullopt;
    if (!*body) return body->fault();
    answer.body = std::move(**body);
    return answer;
}

contracts::Result<void> ApiExchange::begin(const std::string& url, const std::string& token,
                                           const ApiRequest& request, contracts::Instant now) {
    constexpr std::string_view kHttp = "http://";
    contracts::RedisAddress address;  // a host and port, or a path: what connect_socket takes
    std::string host = "worker";
    std::string prefix;
    if (url.starts_with("unix://")) {
        address.path = url.substr(7);
    } else if (url.starts_with(kHttp)) {
        std::string_view rest = std::string_view(url).substr(kHttp.size());
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        prefix = rest.substr(slash);
        while (prefix.ends_with('/'))
            prefix.pop_back();
        rest = rest.substr(0, slash);
        host = rest;
        const std::size_t colon = rest.rfind(':');
        address.host = rest.substr(0, colon);
        address.port = 80;
        if (colon != std::string_view::npos)
            address.port = static_cast<std::uint16_t>(
                contracts::whole_number(rest.substr(colon + 1), 1, 65535).value_or(80));
    } else {
        return contracts::fail(ErrorKind::fatal, "this worker has no API", "API_URL");
    }
    constexpr std::chrono::milliseconds kConnectPatience{1000};
    contracts::Result<contracts::UniqueFd> fd =
        contracts::connect_socket(address, now + kConnectPatience);
    if (!fd) return contracts::fail(ErrorKind::transient, "the API cannot be reached");
    fd_ = std::move(*fd);
    deadline_ = now + kApiPatience;
    std::string& text = unsent_;
    text.append(request.method).append(" ").append(prefix).append(request.path);
    text.append(" HTTP/1.1\r\nHost: ").append(host).append("\r\nConnection: close\r\n");
    if (!token.empty()) text.append("Authorization: Bearer ").append(token).append("\r\n");
    if (!request.idempotency_key.empty())
        text.append("Idempotency-Key: ").append(request.idempotency_key).append("\r\n");
    if (!request.body.empty()) text.append("Content-Type: application/json\r\n");
    if (!request.body.empty() || request.method != "GET")
        text.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    text.append("\r\n").append(request.body);
    return {};
}

void ApiExchange::watch(PollSet& poll) {
    poll.want(fd_.get(), static_cast<short>(POLLIN | (sent_ < unsent_.size() ? POLLOUT : 0)));
    poll.wake_at(deadline_);
}

std::optional<contracts::Result<ApiAnswer>> ApiExchange::step(contracts::Instant now) {
    while (sent_ < unsent_.size()) {
        const ssize_t count = ::send(fd_.get(), unsent_.data() + sent_, unsent_.size() - sent_,
                                     MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) break;  // full; or broken, which the next read reports
        sent_ += static_cast<std::size_t>(count);
    }
    char bytes[4096];
    for (;;) {
        const ssize_t count = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) return malformed("was cut off");
        if (count < 0) break;
        if (count == 0) return read_answer(received_, true);
        received_.append(bytes, static_cast<std::size_t>(count));
        constexpr std::size_t kFraming = 64 << 10;
        if (received_.size() > kLargestAnswer + kFraming) return malformed("is too large");
    }
    if (auto answer = read_answer(received_, false)) return answer;
    if (now >= deadline_)
        return contracts::fail(ErrorKind::transient, "the API did not answer in time");
    return std::nullopt;
}

}  // namespace wrapper
