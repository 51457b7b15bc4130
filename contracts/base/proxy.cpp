#include "contracts/base/proxy.h"

#include "contracts/base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <cstdlib>
#include <span>

namespace contracts {

namespace {

std::string host_of(std::string_view url) {
    if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos)
        url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (const std::size_t user = url.rfind('@'); user != std::string_view::npos)
        url.remove_prefix(user + 1);
    if (url.starts_with('[')) return lower_case(url.substr(1, url.find(']') - 1));
    url = url.substr(0, url.rfind(':'));
    if (url.ends_with('.')) url.remove_suffix(1);
    return lower_case(url);
}

// libcurl does not read HTTP_PROXY: the clients of a CGI program could set it.
constexpr const char* kOfHttp[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
constexpr const char* kOfHttps[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

}  // namespace

bool is_loopback_url(std::string_view url) {
    const std::string host = host_of(url);
    if (host == "localhost" || host.ends_with(".localhost")) return true;
    in6_addr six{};
    if (::inet_pton(AF_INET6, host.c_str(), &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
    in_addr four{};  // also 127.1, as libcurl accepts it
    return ::inet_aton(host.c_str(), &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

std::string told_of_proxy(std::string_view url) {
    const std::span<const char* const> names =
        url.starts_with("https:") ? std::span<const char* const>(kOfHttps) : kOfHttp;
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        std::string_view proxy = value;
        std::string told = "through the proxy ";
        if (const std::size_t scheme = proxy.find("://"); scheme != std::string_view::npos) {
            told.append(proxy.substr(0, scheme + 3));
            proxy.remove_prefix(scheme + 3);
        }
        if (const std::size_t user = proxy.rfind('@'); user != std::string_view::npos)
            proxy.remove_prefix(user + 1);
        return told.append(proxy).append(" (from ").append(name).append(")");
    }
    return {};
}

}  // namespace contracts
