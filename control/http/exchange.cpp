#include "control/http/exchange.h"

#include "contracts/base/proxy.h"
#include "contracts/base/text.h"

#include <strings.h>
#include <charconv>
#include <cstring>

namespace control::client {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using contracts::trimmed;

bool Orders::post(Letter letter) {
    const std::lock_guard lock(mutex_);
    if (multi_ == nullptr) return false;
    letters_.push_back(std::move(letter));
    curl_multi_wakeup(multi_);
    return true;
}

std::vector<Letter> Orders::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
}

std::vector<Letter> Orders::close() {
    const std::lock_guard lock(mutex_);
    if (multi_ != nullptr) curl_multi_wakeup(multi_);
    multi_ = nullptr;
    return std::exchange(letters_, {});
}

bool Orders::closed() const {
    const std::lock_guard lock(mutex_);
    return multi_ == nullptr;
}

namespace {

bool same_name(std::string_view a, std::string_view b) {
    return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool breaks_a_header(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

const HttpHeader* find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    for (const HttpHeader& header : headers)
        if (same_name(header.name, name)) return &header;
    return nullptr;
}

// The host that the request was for, without parts that may be secret: user, path and query.
std::string destination(const ClientRequest& request) {
    if (!request.unix_socket.empty()) return request.unix_socket;
    std::string_view rest = request.url;
    const auto scheme = rest.find("://");
    if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("/?#"));
    const auto user = rest.rfind('@');
    if (user != std::string_view::npos) rest.remove_prefix(user + 1);
    return std::string(rest);
}

}  // namespace

Exchange::Exchange(std::shared_ptr<Orders> orders, ClientRequest request, Done done)
    : orders_(std::move(orders)), request_(std::move(request)), done_(std::move(done)) {}

Exchange::~Exchange() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(header_lines_);
    curl_slist_free_all(connect_to_);
}

void Exchange::tell(Order order) {
    orders_->post({shared_from_this(), order});
}

Result<CURL*> Exchange::prepare() {
    easy_ = curl_easy_init();
    if (easy_ == nullptr) return fail(ErrorKind::transient, "libcurl could not create a request");
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    prepare_tls();
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
    // Back pressure must hold for each exchange by itself, so no two share a connection.
    curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
    if (!request_.unix_socket.empty())
        curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH, request_.unix_socket.c_str());
    if (!request_.connect_to.empty()) {
        connect_to_ = curl_slist_append(nullptr, ("::" + request_.connect_to).c_str());
        curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_);
    }
    if (!request_.unix_socket.empty() || !request_.connect_to.empty() ||
        contracts::is_loopback_url(request_.url))
        curl_easy_setopt(easy_, CURLOPT_PROXY, "");
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);

    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(
        easy_, CURLOPT_HEADERFUNCTION,
        +[](char* text, std::size_t, std::size_t size, void* self) noexcept {
            return static_cast<Exchange*>(self)->take_header({text, size});
        });
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(
        easy_, CURLOPT_WRITEFUNCTION,
        +[](char* data, std::size_t, std::size_t size, void* self) noexcept {
            return static_cast<Exchange*>(self)->take_data({data, size});
        });
    curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
    curl_easy_setopt(
        easy_, CURLOPT_XFERINFOFUNCTION,
        +[](void* self, curl_off_t, curl_off_t down, curl_off_t, curl_off_t up) noexcept {
            return static_cast<Exchange*>(self)->watch(down, up);
        });
    if (request_.on_certificate) {
        curl_easy_setopt(easy_, CURLOPT_CERTINFO, 1L);
        curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
    }
    prepare_body();
    if (auto headers = prepare_headers(); !headers) return headers.fault();
    moved();
    return easy_;
}

void Exchange::prepare_tls() {
    // The request, and with it the texts, lives as long as the handle.
    const auto give = [this](CURLoption option, const std::string& text) {
        curl_blob blob{
            .data = const_cast<char*>(text.data()), .len = text.size(), .flags = CURL_BLOB_NOCOPY};
        if (!text.empty()) curl_easy_setopt(easy_, option, &blob);
    };
    if (!request_.tls || request_.tls->authorities.empty())
        curl_easy_setopt(easy_, CURLOPT_CAPATH, "/etc/ssl/certs");
    if (!request_.tls) return;
    give(CURLOPT_CAINFO_BLOB, request_.tls->authorities);
    give(CURLOPT_SSLCERT_BLOB, request_.tls->certificate);
    give(CURLOPT_SSLKEY_BLOB, request_.tls->key);
}

Result<void> Exchange::prepare_headers() {
    if (breaks_a_header(request_.method) || request_.method.empty())
        return fail(ErrorKind::invalid, "is not an HTTP method", "method");
    const auto add = [this](const std::string& line) {
        curl_slist* longer = curl_slist_append(header_lines_, line.c_str());
        if (longer != nullptr) header_lines_ = longer;
    };
    for (const HttpHeader& header : request_.headers) {
        if (header.name.empty() || breaks_a_header(header.name) || breaks_a_header(header.value))
            return fail(ErrorKind::invalid, "a header holds a line break", header.name);
        // libcurl's own spelling of a header without a value.
        add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    // A header that libcurl would add by itself.
    add("Expect:");
    if (find_header(request_.headers, "content-type") == nullptr) add("Content-Type:");
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, header_lines_);
    return {};
}

void Exchange::prepare_body() {
    const std::string& method = request_.method;
    if (request_.on_read) {
        curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy_, CURLOPT_READDATA, this);
        curl_easy_setopt(
            easy_, CURLOPT_READFUNCTION,
            +[](char* to, std::size_t, std::size_t room, void* self) noexcept {
                return static_cast<Exchange*>(self)->give_data(to, room);
            });
        curl_off_t size = -1;
        if (const auto* header = find_header(request_.headers, "content-length")) {
            const char* end = header->value.data() + header->value.size();
            if (std::from_chars(header->value.data(), end, size).ptr != end) size = -1;
        }
        curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, size);
    } else if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        curl_easy_setopt(easy_, CURLOPT_POST, 1L);
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.c_str());
    } else if (method == "HEAD") {
        curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
}

// The first certificate of the chain is the server's own.
void Exchange::tell_certificate() {
    curl_certinfo* chain = nullptr;
    if (curl_easy_getinfo(easy_, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr ||
        chain->num_of_certs < 1)
        return;
    constexpr std::string_view kEnd = "Expire date:";
    for (const curl_slist* line = chain->certinfo[0]; line != nullptr; line = line->next) {
        const std::string_view text = line->data;
        if (!text.starts_with(kEnd)) continue;
        const std::time_t end = curl_getdate(line->data + kEnd.size(), nullptr);
        if (end >= 0) request_.on_certificate(contracts::Timestamp(std::chrono::seconds(end)));
    }
}

std::size_t Exchange::take_header(std::string_view line) {
    moved();
    const std::string_view text = trimmed(line);
    if (headers_told_) return line.size();  // a trailer
    if (text.starts_with("HTTP/")) {        // also after "100 Continue"
        response_.headers.clear();
        response_.status = 0;
        const auto space = text.find(' ');
        if (space != std::string_view::npos)
            std::from_chars(text.data() + space + 1, text.data() + text.size(), response_.status);
    } else if (!text.empty()) {
        const auto colon = text.find(':');
        if (colon != std::string_view::npos)
            response_.headers.push_back(
                {std::string(text.substr(0, colon)), std::string(trimmed(text.substr(colon + 1)))});
    } else if (response_.status >= 200 || response_.status == 101) {
        headers_told_ = true;
        if (request_.on_certificate) tell_certificate();
        if (request_.on_headers) request_.on_headers(response_.status, response_.headers);
    }
    return line.size();
}

std::size_t Exchange::take_data(std::string_view data) {
    if (held_) return CURL_WRITEFUNC_PAUSE;
    moved();
    if (request_.on_data) {
        stopped_ = !request_.on_data(data);
        moved();  // the time until now was spent by us, not by the server
    } else {
        too_large_ = data.size() > request_.max_body - response_.body.size();
        if (!too_large_) response_.body.append(data);
    }
    return stopped_ || too_large_ ? CURL_WRITEFUNC_ERROR : data.size();
}

std::size_t Exchange::give_data(char* to, std::size_t room) {
    moved();
    if (unsent_.empty()) {
        std::optional<std::string> more = request_.on_read(room);
        starved_ = !more.has_value();
        if (starved_) return CURL_READFUNC_PAUSE;
        unsent_ = std::move(*more);
    }
    const std::size_t size = std::min(room, unsent_.size());
    std::memcpy(to, unsent_.data(), size);
    unsent_.erase(0, size);
    return size;
}

int Exchange::watch(curl_off_t down, curl_off_t up) {
    if (down + up != seen_bytes_) {
        seen_bytes_ = down + up;
        moved();
    }
    return 0;
}

CURLcode Exchange::obey(Order order) {
    if (order == Order::hold) held_ = true;
    if (order == Order::release) held_ = false;
    if (order == Order::send_more) starved_ = false;
    if (order == Order::release) moved();
    return curl_easy_pause(easy_, (held_ ? CURLPAUSE_RECV : 0) | (starved_ ? CURLPAUSE_SEND : 0));
}

std::optional<contracts::Instant> Exchange::idle_deadline() const {
    // While we hold data back, the silence is our own.
    if (request_.idle_timeout.count() == 0 || held_) return std::nullopt;
    return last_moved_ + request_.idle_timeout;
}

Error Exchange::explain(CURLcode code) const {
    std::string what = request_.method + " to " + destination(request_);
    long used_proxy = 0;
    curl_easy_getinfo(easy_, CURLINFO_USED_PROXY, &used_proxy);
    if (used_proxy != 0) what.append(" ").append(contracts::told_of_proxy(request_.url));
    const std::string reason = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code);
    if (stopped_) return {ErrorKind::transient, what + ": stopped by the caller"};
    if (too_large_)
        return {ErrorKind::invalid, what + ": the answer is larger than " +
                                        std::to_string(request_.max_body) + " bytes"};
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
            return {ErrorKind::invalid, what + ": " + reason, "url"};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return {ErrorKind::fatal,
                    what + ": " + reason,
                    {},
                    "install the certificate authority that signed it"};
        default:
            return {ErrorKind::transient, what + ": " + reason};
    }
}

void Exchange::finish(CURLcode code) {
    // libcurl accepts a header that was cut off by a lost connection as a whole one.
    if (code == CURLE_OK && !headers_told_) code = CURLE_GOT_NOTHING;
    if (code == CURLE_OK)
        end(std::move(response_));
    else
        end(fail(explain(code)));
}

void Exchange::fail_with(Error error) {
    end(fail(std::move(error)));
}

void Exchange::end(Result<HttpResponse> answer) {
    // A holder may keep this object for a long time; its resources are freed now, on their loop.
    curl_easy_cleanup(std::exchange(easy_, nullptr));
    const Done done = std::exchange(done_, nullptr);
    request_ = {};
    if (done) done(std::move(answer));
}

}  // namespace control::client
