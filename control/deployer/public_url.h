// The URL under which people reach a deployment.
#pragma once

#include <cstdint>
#include <string>

namespace control {

[[nodiscard]] inline std::string public_url(const std::string& host, std::int64_t port) {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return "http://" + (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace control
