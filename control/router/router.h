// The port to the web server that browsers connect to. It serves deployments under host names over
// https, and gets and renews the certificates itself. The implementation configures Caddy through
// its admin API (caddy.h).
//
// Each call names all routes: others are removed, and connections of those that stay go on. Calling
// it again changes nothing, and restores the routes after the web server was restarted.
//
// Failure: `transient` if it does not answer; `upstream`, with its message, if it refuses the
// configuration, and then it keeps the previous one. Thread: one call at a time.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace control {

struct WebRoute {
    std::string host;      // "shop.example.org"
    std::string upstream;  // "127.0.0.1:8100"
    friend bool operator==(const WebRoute&, const WebRoute&) = default;
};

class Router {
public:
    virtual ~Router() = default;
    [[nodiscard]] virtual contracts::Result<void> lead(const std::vector<WebRoute>& routes) = 0;
};

// Whether a certificate can be issued for this DNS name: at least two labels of letters, digits and
// inner hyphens, the last not all digits, at most 253 bytes, in lower case.
[[nodiscard]] bool is_host_name(std::string_view name);

}  // namespace control
