#include "control/settings/domain.h"

#include "control/router/router.h"
#include "control/settings/shapes.h"

#include <arpa/inet.h>

namespace control {

using contracts::Environment;

namespace {

std::uint16_t read_port(Environment& environment, const char* name, std::uint16_t usual) {
    return static_cast<std::uint16_t>(environment.number(name, usual, 1, 65'535));
}

}  // namespace

void read(Environment& environment, DomainSettings& settings) {
    settings.domain = environment.text("DEPLOY_DOMAIN", "");
    if (!settings.domain.empty() && !is_host_name(settings.domain))
        environment.fault("DEPLOY_DOMAIN",
                          "must be a host name in lower case, such as "
                          "apps.example.org");
    settings.caddy_admin = environment.text("CADDY_ADMIN", "http://127.0.0.1:2019");
    if (!settings.caddy_admin.starts_with("unix:///") &&
        !settings.caddy_admin.starts_with("http://127.0.0.1:"))
        environment.fault("CADDY_ADMIN",
                          "must be unix:///path or http://127.0.0.1:port, because whoever "
                          "reaches it decides where names lead");
    settings.caddy_storage = environment.text("CADDY_STORAGE", "");
    settings.acme_directory = environment.text("ACME_DIRECTORY", "");
    settings.acme_roots = environment.text("ACME_ROOTS", "");
    for (const auto& [name, path] : {std::pair("CADDY_STORAGE", &settings.caddy_storage),
                                     std::pair("ACME_ROOTS", &settings.acme_roots)})
        if (!path->empty()) check_absolute(environment, name, *path);
    if (!settings.acme_directory.empty() && !settings.acme_directory.starts_with("https://"))
        environment.fault("ACME_DIRECTORY", "must begin with https://");
    settings.acme_email = environment.text("ACME_EMAIL", "");
    settings.edge_address = environment.text("EDGE_ADDRESS", "");
    if (in_addr address{}; !settings.edge_address.empty() &&
                           ::inet_pton(AF_INET, settings.edge_address.c_str(), &address) != 1)
        environment.fault("EDGE_ADDRESS", "must be an IPv4 address such as 192.0.2.10");
    settings.https_port = read_port(environment, "EDGE_HTTPS_PORT", settings.https_port);
    settings.http_port = read_port(environment, "EDGE_HTTP_PORT", settings.http_port);
}

}  // namespace control
