#include "cli/http.h"

#include "contracts/base/proxy.h"

#include <curl/curl.h>
#include <unistd.h>

namespace cli {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void add_header(HeaderList& headers, const std::string& line) {
    if (curl_slist* longer = curl_slist_append(headers.get(), line.c_str())) {
        (void)headers.release();
        headers.reset(longer);
    }
}

// libcurl accepts headers that a lost connection cut off, so we check that they are complete.
struct Arrival {
    HttpAnswer answer;
    bool has_whole_header = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* arrival) {
    std::string& body = static_cast<Arrival*>(arrival)->answer.body;
    if (body.size() + size > kMaxAnswerBytes) return 0;
    body.append(data, size);
    return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
    constexpr std::string_view kLink = "link:";
    std::string_view line(data, size);
    auto* arrival = static_cast<Arrival*>(to);
    if (line.starts_with("HTTP/")) arrival->has_whole_header = false;
    if (line == "\r\n") arrival->has_whole_header = true;
    if (line.size() < kLink.size()) return size;
    for (std::size_t i = 0; i < kLink.size(); ++i)
        if ((line[i] | 0x20) != (kLink[i] | 0x20)) return size;
    line.remove_prefix(kLink.size());
    while (!line.empty() && line.front() == ' ')
        line.remove_prefix(1);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    arrival->answer.link.assign(line);
    return size;
}

bool is_worth_a_retry(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_CONNECT:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_SSL_CONNECT_ERROR:
            return true;
        default:
            return false;
    }
}

// Our libcurl has no default path for certificates.
std::string find_certificates() {
    for (const char* path :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"})
        if (::access(path, R_OK) == 0) return path;
    return {};
}

}  // namespace

Result<HttpEndpoint> HttpEndpoint::parse(std::string_view url) {
    constexpr std::string_view kUnix = "unix://";
    const auto refuse = [](std::string_view what) {
        return fail(ErrorKind::fatal, what, "API_URL",
                    "write http://host:port, https://host or unix:///path; orchestratord env "
                    "prints the daemon's");
    };
    if (url.empty()) return refuse("is not set");
    if (url.starts_with(kUnix)) {
        url.remove_prefix(kUnix.size());
        if (!url.starts_with('/')) return refuse("must have an absolute path after unix://");
        return HttpEndpoint{"http://localhost", std::string(url)};
    }
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return refuse("must begin with http://, https:// or unix://");
    const std::string_view authority =
        url.substr(url.find("//") + 2, url.find('/', url.find("//") + 2) - url.find("//") - 2);
    if (authority.empty()) return refuse("must name a host");
    if (authority.find('@') != std::string_view::npos)
        return refuse("must not carry credentials: they belong in API_TOKEN");
    if (url.find_first_of("?#") != std::string_view::npos)
        return refuse("must not have a query or a fragment");
    while (url.ends_with('/'))
        url.remove_suffix(1);
    return HttpEndpoint{std::string(url), {}};
}

struct HttpClient::State {
    HttpEndpoint endpoint;
    std::string token;
    std::string ca_file;
    std::chrono::milliseconds timeout;
    CURL* curl = nullptr;

    ~State() { curl_easy_cleanup(curl); }
    void prepare();
    void aim(const HttpRequest& request, Arrival& arrival);
    [[nodiscard]] HeaderList headers_for(const HttpRequest& request) const;
};

HttpClient::HttpClient(HttpEndpoint endpoint, std::string token, std::string ca_file,
                       std::chrono::milliseconds timeout)
    : state_(std::make_unique<State>()) {
    state_->endpoint = std::move(endpoint);
    state_->token = std::move(token);
    state_->ca_file = std::move(ca_file);
    state_->timeout = timeout;
}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

void HttpClient::State::prepare() {
    if (curl != nullptr) return;
    curl = curl_easy_init();
    if (curl == nullptr) return;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "orchestrator");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    if (!endpoint.socket_path.empty())
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, endpoint.socket_path.c_str());
    if (!endpoint.socket_path.empty() || contracts::is_loopback_url(endpoint.base))
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (endpoint.base.starts_with("https://")) {
        const std::string certificates = ca_file.empty() ? find_certificates() : ca_file;
        if (!certificates.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, certificates.c_str());
    }
}

void HttpClient::State::aim(const HttpRequest& request, Arrival& arrival) {
    const std::string method(request.method);
    const std::string url = endpoint.base + std::string(request.path);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    if (!request.body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(
            curl, CURLOPT_POSTFIELDS,
            request.body.data());  // NOLINT(bugprone-suspicious-stringview-data-usage): sized above
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &arrival);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &arrival);
}

HeaderList HttpClient::State::headers_for(const HttpRequest& request) const {
    HeaderList headers;
    add_header(headers, "Accept: application/json");
    if (!token.empty()) add_header(headers, "Authorization: Bearer " + token);
    if (!request.body.empty()) {
        add_header(headers, "Content-Type: application/json");
        // Otherwise libcurl asks before it sends a large body, and waits a second for the answer.
        add_header(headers, "Expect:");
    }
    if (!request.idempotency_key.empty())
        add_header(headers, "Idempotency-Key: " + std::string(request.idempotency_key));
    return headers;
}

Result<HttpAnswer> HttpClient::send(const HttpRequest& request) {
    state_->prepare();
    CURL* curl = state_->curl;
    if (curl == nullptr) return fail(ErrorKind::fatal, "libcurl does not start");
    Arrival arrival;
    state_->aim(request, arrival);
    const HeaderList headers = state_->headers_for(request);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK && !arrival.has_whole_header) code = CURLE_GOT_NOTHING;
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, nullptr);
    if (code == CURLE_WRITE_ERROR)
        return fail(ErrorKind::fatal,
                    "the API's answer has more than " + std::to_string(kMaxAnswerBytes) + " bytes");
    std::string where =
        state_->endpoint.socket_path.empty() ? state_->endpoint.base : state_->endpoint.socket_path;
    long used_proxy = 0;
    curl_easy_getinfo(curl, CURLINFO_USED_PROXY, &used_proxy);
    if (used_proxy != 0) arrival.answer.proxy = contracts::told_of_proxy(state_->endpoint.base);
    if (used_proxy != 0) where.append(" ").append(arrival.answer.proxy);
    if (is_worth_a_retry(code))
        return fail(ErrorKind::transient, "the API at " + where + ": " + curl_easy_strerror(code),
                    "API_URL");
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return fail(ErrorKind::fatal,
                    "the API at " + where +
                        ": its certificate is not signed by a trusted authority, "
                        "or belongs to another host",
                    "API_URL",
                    "set SSL_CERT_FILE to the certificate of the authority that signed it");
    if (code != CURLE_OK)
        return fail(ErrorKind::fatal, "the API at " + where + ": " + curl_easy_strerror(code),
                    "API_URL");
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    arrival.answer.status = status;
    return std::move(arrival.answer);
}

}  // namespace cli
