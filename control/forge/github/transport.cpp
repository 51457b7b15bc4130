#include "control/forge/github/transport.h"

#include "contracts/base/text.h"

#include <algorithm>
#include <charconv>

namespace control::github {

using contracts::Error;
using contracts::ErrorKind;
using contracts::Json;
using contracts::Timestamp;

namespace {

constexpr int kMostUnderWay = 100;
constexpr std::size_t kMostRemembered = 256;
constexpr std::size_t kMostRememberedBody = 256 << 10;
constexpr std::size_t kMostLog = std::size_t{512} << 20;
constexpr std::chrono::seconds kRequestDeadline{30};
constexpr std::chrono::seconds kLogIdle{30};
// GitHub's advice for a secondary limit without a time.
constexpr std::chrono::seconds kSecondaryWait{60};
// The longest accepted Retry-After or reset; longer ones are reduced to this.
constexpr std::chrono::seconds kLongestBlock{3600};
constexpr std::size_t kMostWords = 300;

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || code != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

// GitHub's own message for a refusal, on one line and bounded.
std::string words_of(const Json& body) {
    std::string words = contracts::text_at(body, "message");
    const auto errors = body.is_object() ? body.find("errors") : body.end();
    if (body.is_object() && errors != body.end() && errors->is_array())
        for (const Json& one : *errors) {
            const std::string more =
                one.is_string() ? one.get<std::string>() : contracts::text_at(one, "message");
            if (!more.empty()) words.append(words.empty() ? "" : ": ").append(more);
        }
    std::ranges::replace_if(words, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    if (words.size() > kMostWords) words.resize(kMostWords);
    return words;
}

// Both kinds of limit are a 403 or a 429; a 403 can also mean that the App lacks the permission.
bool is_limit(const HttpResponse& response, const Json& body) {
    if (response.status == 429) return true;
    if (response.status != 403) return false;
    return !response.header("Retry-After").empty() ||
           response.header("X-RateLimit-Remaining") == "0" ||
           contracts::text_at(body, "documentation_url").find("rate-limits") != std::string::npos;
}

ErrorKind kind_of(int status) {
    switch (status) {
        case 401:
            return ErrorKind::fatal;
        case 403:
        case 451:
            return ErrorKind::permission;
        case 404:
        case 410:
            return ErrorKind::not_found;
        case 301:
        case 307:
        case 308:
        case 405:
        case 409:
        case 423:
            return ErrorKind::conflict;
        default:
            return status >= 500 ? ErrorKind::transient : ErrorKind::invalid;
    }
}

std::string next_step_of(int status) {
    switch (status) {
        case 301:
        case 307:
        case 308:
            return "it was renamed or transferred: restore its name, or use the new one";
        case 401:
            return "check GITHUB_APP_ID and GITHUB_APP_KEY_FILE, and the machine's clock";
        case 403:
            return "give the App this permission in its settings at GitHub, and accept it for the "
                   "installation";
        default:
            return {};
    }
}

}  // namespace

std::string_view Reply::header(std::string_view name) const {
    for (const HttpHeader& one : headers)
        if (contracts::lower_case(one.name) == contracts::lower_case(name)) return one.value;
    return {};
}

Answer<Json> Reply::json() const {
    contracts::Result<Json> parsed = contracts::parse_json(body);
    if (parsed) return *std::move(parsed);
    const std::string type(header("Content-Type").substr(0, 60));
    return refuse(
        {.kind = ErrorKind::transient,
         .message = "GitHub answered something that is not JSON" +
                    (type.empty() ? std::string() : " (" + type + ')'),
         .next_step = "check GITHUB_API_URL, and any proxy between this machine and GitHub"},
        status);
}

Answer<HttpResponse> Transport::exchange(ClientRequest request) {
    {
        std::unique_lock lock(mutex_);
        place_free_.wait(lock, [this] { return under_way_ < kMostUnderWay; });
        ++under_way_;
    }
    contracts::Result<HttpResponse> response = http_.perform(std::move(request));
    {
        const std::lock_guard lock(mutex_);
        --under_way_;
    }
    place_free_.notify_one();
    if (!response) return refuse(std::move(response.error()).context("GitHub"));
    return *std::move(response);
}

void Transport::note_limits(const HttpResponse& response, Budget& budget) const {
    const Timestamp now = clock_.now();
    if (const auto wait = number_of(response.header("Retry-After")))
        budget.block_until(
            now + std::clamp(std::chrono::seconds(*wait), std::chrono::seconds{1}, kLongestBlock));
    const auto reset = number_of(response.header("X-RateLimit-Reset"));
    if (reset && response.header("X-RateLimit-Remaining") == "0")
        budget.block_until(std::min(Timestamp(std::chrono::seconds(*reset)), now + kLongestBlock));
}

Fault Transport::fault_of(const Call& call, const HttpResponse& response, Budget& budget) const {
    const contracts::Result<Json> parsed = contracts::parse_json(response.body);
    const Json body = parsed ? *parsed : Json();
    const std::string words = words_of(body);
    Fault fault;
    fault.status = response.status;
    fault.kind = kind_of(response.status);
    fault.message = "GitHub answered " + std::to_string(response.status) + " to " + call.method +
                    ' ' + call.path.substr(0, call.path.find('?')) +
                    (words.empty() ? std::string() : ": " + words);
    fault.next_step = next_step_of(response.status);
    if (is_limit(response, body)) {
        if (!budget.closed_until()) budget.block_until(clock_.now() + kSecondaryWait);
        fault.retry_at = budget.closed_until();
        fault.kind = ErrorKind::upstream;
        fault.field = "rate_limit";
        fault.code = contracts::ErrorCode::request_limit;
        fault.next_step =
            "retry after " +
            contracts::format_timestamp(fault.retry_at.value_or(clock_.now() + kSecondaryWait));
    }
    return fault;
}

Answer<Reply> Transport::send(const Call& call, const std::string& bearer, Budget& budget) {
    if (const auto until = budget.take()) {
        Fault fault{{.kind = ErrorKind::upstream,
                     .message = "no request was sent to GitHub: its rate limit is reached",
                     .field = "rate_limit",
                     .next_step = "retry after " + contracts::format_timestamp(*until),
                     .code = contracts::ErrorCode::request_limit},
                    0,
                    until};
        return std::unexpected(std::move(fault));
    }
    ClientRequest request{.method = call.method, .url = api_url_ + call.path};
    request.headers = {{"Authorization", "Bearer " + bearer},
                       {"Accept", call.accept},
                       {"X-GitHub-Api-Version", "2022-11-28"},
                       {"User-Agent", "orchestratord"}};
    if (!call.body.is_null()) {
        request.body = contracts::dump_json(call.body);
        request.headers.push_back({"Content-Type", "application/json"});
    }
    // An answer is only reused for callers with the same access: the installation's budget
    // identifies them.
    const std::string key =
        std::to_string(reinterpret_cast<std::uintptr_t>(&budget)) + call.accept + ' ' + call.path;
    if (call.method == "GET")
        if (std::string etag = etag_of(key); !etag.empty())
            request.headers.push_back({"If-None-Match", std::move(etag)});
    request.timeout = kRequestDeadline;
    request.max_body = call.most;
    Answer<HttpResponse> response = exchange(std::move(request));
    if (!response) {
        budget.give_back();
        return std::unexpected(std::move(response.error()));
    }
    note_limits(*response, budget);
    if (response->status == 304) {
        budget.give_back();
        if (auto known = remembered(key)) return *std::move(known);
        return refuse(
            {ErrorKind::transient, "GitHub answered 304 to a request that was not conditional"},
            304);
    }
    if ((response->status < 200 || response->status > 299) && response->status != 302)
        return std::unexpected(fault_of(call, *response, budget));
    Reply reply{response->status, std::move(response->headers), std::move(response->body)};
    if (call.method == "GET" && reply.status == 200 && reply.body.size() <= kMostRememberedBody)
        if (const std::string etag(reply.header("ETag")); !etag.empty())
            remember({key, etag, reply});
    return reply;
}

Answer<std::string> Transport::tail_of(const std::string& url, std::size_t most) {
    std::string tail;
    std::size_t seen = 0;
    ClientRequest request{.url = url};
    request.headers = {{"User-Agent", "orchestratord"}};
    request.timeout = std::chrono::milliseconds{0};
    request.idle_timeout = kLogIdle;
    request.on_data = [&](std::string_view part) {
        seen += part.size();
        tail.append(part);
        if (tail.size() > 2 * most) tail.erase(0, tail.size() - most);
        return seen <= kMostLog;
    };
    Answer<HttpResponse> response = exchange(std::move(request));
    if (!response && seen <= kMostLog) return std::unexpected(std::move(response.error()));
    if (response && (response->status < 200 || response->status > 299))
        return refuse({response->status == 404 || response->status == 410 ? ErrorKind::not_found
                                                                          : ErrorKind::transient,
                       "the log cannot be read: " + std::to_string(response->status)},
                      response->status);
    if (tail.size() > most) tail.erase(0, tail.size() - most);
    return tail;
}

std::string Transport::etag_of(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(recent_, key, &Remembered::key);
    return found == recent_.end() ? std::string() : found->etag;
}

std::optional<Reply> Transport::remembered(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(recent_, key, &Remembered::key);
    if (found == recent_.end()) return std::nullopt;
    recent_.splice(recent_.begin(), recent_, found);
    return recent_.front().reply;
}

void Transport::remember(Remembered entry) {
    const std::lock_guard lock(mutex_);
    std::erase_if(recent_, [&](const Remembered& one) { return one.key == entry.key; });
    recent_.push_front(std::move(entry));
    if (recent_.size() > kMostRemembered) recent_.pop_back();
}

}  // namespace control::github
