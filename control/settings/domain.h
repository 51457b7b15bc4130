// The domain below which deployments are reached over https, the web server, and the certificate
// authority.
#pragma once

#include "contracts/base/environment.h"

#include <cstdint>
#include <string>

namespace control {

struct DomainSettings {
    std::string domain;          // DEPLOY_DOMAIN; empty: URLs are http://address:port
    std::string caddy_admin;     // CADDY_ADMIN: unix:///path or http://127.0.0.1:2019
    std::string caddy_storage;   // CADDY_STORAGE: where it keeps certificates
    std::string acme_directory;  // ACME_DIRECTORY; empty: Let's Encrypt's
    std::string acme_roots;      // ACME_ROOTS: a file with the roots of the authority's own server
    std::string acme_email;      // ACME_EMAIL
    std::string edge_address;    // EDGE_ADDRESS: where the web server listens; empty: all
    std::uint16_t https_port = 443;  // EDGE_HTTPS_PORT
    std::uint16_t http_port = 80;    // EDGE_HTTP_PORT
};

void read(contracts::Environment& environment, DomainSettings& settings);

}  // namespace control
