// The proxies that the environment names, for HTTP clients: a service of this machine is never
// behind a proxy, and the error of a call through one names it.
#pragma once

#include <string>
#include <string_view>

namespace contracts {

// localhost, *.localhost, 127.0.0.0/8 and ::1, in any spelling that a URL has for them.
[[nodiscard]] bool is_loopback_url(std::string_view url);

// "through the proxy http://host:port (from https_proxy)": the one that libcurl uses for the URL,
// without its user and password; empty: no proxy is named. Ignores no_proxy.
[[nodiscard]] std::string told_of_proxy(std::string_view url);

}  // namespace contracts
