// The head of a request to a proxy: CONNECT, or any other method with an absolute http:// URL. The
// head for the server is written from the parsed one, so that every parser reads it in the same
// way.
#pragma once

#include "control/egress/pattern.h"

namespace control::egress {

inline constexpr std::size_t kMaxHead = 8 << 10;  // bytes, including the empty line

struct ProxyRequest {
    enum class Kind {
        tunnel,   // CONNECT: bytes both ways
        forward,  // `head`, then `body` bytes; one request per connection
        about,    // a request to the proxy itself: it answers with what is allowed
    };
    Kind kind = Kind::tunnel;
    Target target{};
    std::string head{};      // with `forward`: for the server, which is asked to close the
                             // connection afterwards
    std::uint64_t body = 0;  // with `forward`: the number of bytes that follow
};

// `head` ends with an empty line. Fails with `invalid`.
[[nodiscard]] contracts::Result<ProxyRequest> parse_proxy_request(std::string_view head);

}  // namespace control::egress
