// A web server and a certificate authority for one test: the real Caddy, Let's Encrypt's test
// authority Pebble, and a DNS server that the authority asks. All on 127.0.0.1.
//
// Throws std::runtime_error; NoEdge if the programs are not installed, unless ORCH_REQUIRE_ENGINE=1
// says that every test must have what it needs.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace tests {

class NoEdge : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The certificate of a host, as a visitor sees it.
struct ShownCertificate {
    std::string serial;
    std::chrono::seconds left;  // time until it expires
};

class Edge {
public:
    // `valid_for`: the lifetime of the certificates that the authority issues.
    explicit Edge(std::chrono::seconds valid_for = std::chrono::days(90));

    [[nodiscard]] std::string admin() const { return "unix://" + (directory_ / "admin.sock"); }
    [[nodiscard]] std::string storage() const { return directory_ / "storage"; }
    [[nodiscard]] std::string acme() const;
    // The root certificate of the authority's own HTTPS server.
    [[nodiscard]] std::string acme_roots() const { return directory_ / "authority.pem"; }
    // The root of the issued certificates, as PEM.
    [[nodiscard]] std::string issuer_roots() const;
    [[nodiscard]] std::uint16_t https_port() const { return https_port_; }
    [[nodiscard]] std::uint16_t http_port() const { return http_port_; }

    // The response that a visitor gets: status, headers, body. Throws with the reason on failure.
    [[nodiscard]] std::string visit(const std::string& host, const std::string& path = "/") const;
    [[nodiscard]] std::string visit_in_the_clear(const std::string& host,
                                                 const std::string& path = "/") const;
    // Throws as `visit` does.
    [[nodiscard]] ShownCertificate certificate(const std::string& host) const;
    // Makes the authority's DNS resolve this name to an address where nothing answers.
    void mislead(const std::string& host) const;
    // Restarts Caddy without its configuration.
    void restart_caddy();

private:
    void start_authority();
    void start_caddy();

    std::chrono::seconds valid_for_;
    TemporaryDirectory directory_;
    std::uint16_t https_port_;
    std::uint16_t http_port_;
    std::uint16_t acme_port_;
    std::uint16_t management_port_;
    std::uint16_t dns_port_;
    std::uint16_t dns_management_port_;
    std::optional<ChildProcess> dns_;
    std::optional<ChildProcess> authority_;
    std::optional<ChildProcess> caddy_;
};

}  // namespace tests
