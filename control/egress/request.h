// The head of a request to a proxy: CONNECT, or any other method with an absolute http:// URL. What
// goes on to the far server is written anew, so that it means the same to every reader.
#pragma once

#include "control/egress/pattern.h"

namespace control::egress {

inline constexpr std::size_t kMaxHead = 8 << 10;  // bytes, the empty line among them

struct ProxyRequest {
    enum class Kind {
        tunnel,   // CONNECT: bytes both ways
        forward,  // `head`, then `body` bytes; one request a connection
        about,    // a request to the proxy itself: it tells what is allowed
    };
    Kind kind = Kind::tunnel;
    Target target{};
    std::string head{};      // of `forward`: for the far server, which is asked to close afterwards
    std::uint64_t body = 0;  // of `forward`: bytes that follow
};

// `head` ends with an empty line. Fails with `invalid`.
[[nodiscard]] contracts::Result<ProxyRequest> parse_proxy_request(std::string_view head);

}  // namespace control::egress
