#include "tests/support/http_request.h"

#include <curl/curl.h>
#include <strings.h>

#include <memory>
#include <stdexcept>

namespace tests {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

std::size_t append_body(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
}

std::size_t append_header(char* data, std::size_t size, std::size_t count, void* target) {
    auto& headers = *static_cast<HttpHeaders*>(target);
    std::string_view line(data, size * count);
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) headers.clear();  // of a 100 Continue before the answer
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos) {
        const std::size_t value = line.find_first_not_of(' ', colon + 1);
        headers.emplace_back(line.substr(0, colon),
                             value == std::string_view::npos ? "" : line.substr(value));
    }
    return size * count;
}

HeaderList list_of(const HttpHeaders& headers) {
    curl_slist* list = nullptr;
    for (const auto& [name, value] : headers) {
        list = curl_slist_append(list, (name + ": " + value).c_str());
    }
    return {list, &curl_slist_free_all};
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (known.size() == name.size() &&
            ::strncasecmp(known.data(), name.data(), name.size()) == 0) {
            return value;
        }
    }
    return {};
}

HttpResponse http(std::string_view address, const HttpRequest& request) {
    constexpr std::string_view kUnix = "unix://";
    const Handle handle(curl_easy_init(), &curl_easy_cleanup);
    CURL* curl = handle.get();
    std::string url(address);
    if (address.starts_with(kUnix)) {
        const std::string path(address.substr(kUnix.size()));
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, path.c_str());
        url = "http://localhost";
    }
    url += request.target;
    HttpResponse response;
    const HeaderList headers = list_of(request.headers);
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
    if (request.method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &append_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response.body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &append_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response.headers);
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        throw std::runtime_error(request.method + " " + std::string(address) + request.target +
                                 ": " + curl_easy_strerror(code));
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return response;
}

}  // namespace tests
