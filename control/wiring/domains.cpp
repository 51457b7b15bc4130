#include "control/wiring/domains.h"

#include "control/deployer/public_url.h"
#include "control/domains/visit.h"
#include "control/graphs/deploy/placement.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <array>

namespace control::wiring {

namespace {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

constexpr std::chrono::milliseconds kEvery{5'000};

// By the resolver of this machine.
Result<std::vector<std::string>> addresses_of(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* first = nullptr;
    if (const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first); code != 0)
        return fail(ErrorKind::not_found, host + ": " + ::gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
    std::vector<std::string> addresses;
    for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0)
            addresses.emplace_back(text.data());
    }
    return addresses;
}

EdgeAddress edge_of(const DomainSettings& settings) {
    EdgeAddress edge{.https_port = settings.https_port};
    if (!settings.edge_address.empty()) edge.address = settings.edge_address;
    return edge;
}

DomainNeeds needs_of_domains(Ports& ports, const Settings& settings, Router& router) {
    const graphs::DeployCallSettings& calls = settings.deployments.calls;
    const bool is_any = calls.address == "0.0.0.0" || calls.address == "::";
    return {.database = ports.database(),
            .router = router,
            .clock = ports.clock,
            .domain = settings.domains.domain,
            .server = std::string(graphs::kLocalServer),
            .upstream = is_any ? "127.0.0.1" : calls.address,
            .public_url =
                [host = calls.public_host](std::int64_t port) { return public_url(host, port); },
            .resolve = &addresses_of,
            .ask =
                [&client = ports.client, edge = edge_of(settings.domains)](
                    const std::string& host, const std::string& path) {
                    return visit_name(client, edge, host, path);
                }};
}

std::unique_ptr<Router> make_router(Ports& ports, const DomainSettings& settings) {
    return make_caddy({.admin = settings.caddy_admin,
                       .storage = settings.caddy_storage,
                       .acme = settings.acme_directory,
                       .acme_roots = settings.acme_roots,
                       .email = settings.acme_email,
                       .address = settings.edge_address,
                       .https_port = settings.https_port,
                       .http_port = settings.http_port},
                      ports.client);
}

}  // namespace

DomainLoop::DomainLoop(Ports& ports, const Settings& settings)
    : ports_(ports),
      router_(make_router(ports, settings.domains)),
      domains_(needs_of_domains(ports, settings, *router_)),
      loop_("domains", [this] { return pass(); }, wake_, ports.log) {}

Result<std::chrono::milliseconds> DomainLoop::pass() {
    const Result<DomainPass> done = domains_.pass();
    if (!done) return done.fault();
    if (done->live != live_)
        ports_.log.info("deployments are reached over https", {{"names", done->live}});
    live_ = done->live;
    return kEvery;
}

std::unique_ptr<DomainLoop> make_domain_loop(Ports& ports, const Settings& settings) {
    if (settings.domains.domain.empty()) return nullptr;
    return std::make_unique<DomainLoop>(ports, settings);
}

}  // namespace control::wiring
