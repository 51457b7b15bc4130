// A router that configures Caddy 2.11 or newer (older versions cut off running answers at each
// change). Caddy is a service of its own on this machine, and its whole configuration is ours.
#pragma once

#include "control/http/client.h"
#include "control/router/router.h"

namespace control {

struct CaddySettings {
    std::string admin;      // "unix:///run/caddy/admin.sock" or "http://127.0.0.1:2019"
    std::string storage{};  // where it keeps certificates; empty: its own place
    std::string acme{};     // the directory of the certificate authority; empty: Caddy's choice
    // A file with the roots of the authority's own server; empty: the machine's.
    std::string acme_roots{};
    std::string email{};    // for the authority; may be empty
    std::string address{};  // to listen on; empty: all
    std::uint16_t https_port = 443;
    std::uint16_t http_port = 80;
    std::chrono::seconds grace{30};  // for running answers of a route that is removed
};

// Borrows the client.
[[nodiscard]] std::unique_ptr<Router> make_caddy(CaddySettings settings, HttpClient& client);

// The configuration that Caddy is given. A pure function.
[[nodiscard]] contracts::Json caddy_configuration(const CaddySettings& settings,
                                                  const std::vector<WebRoute>& routes);

}  // namespace control
