#include "tests/service/domains/edge.h"

#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/unix_socket.h"

#include <unistd.h>
#include <cstdlib>
#include <sstream>

namespace tests {

namespace {

constexpr const char* kCaddy = ORCH_SOURCE_DIR "/build/tools/caddy/bin/caddy";
constexpr const char* kAsk = ORCH_SOURCE_DIR "/tests/service/domains/ask.py";

std::string number(std::uint16_t port) {
    return std::to_string(port);
}

std::string local(std::uint16_t port) {
    return "127.0.0.1:" + number(port);
}

std::string fetched(const std::string& url) {
    return run_successfully({.argv = {"/usr/bin/python3", "-c",
                                      "import ssl, sys, urllib.request as r\n"
                                      "c = ssl._create_unverified_context()\n"
                                      "sys.stdout.write(r.urlopen(sys.argv[1], context=c, "
                                      "timeout=5).read().decode())",
                                      url}});
}

[[noreturn]] void give_up(const std::string& reason) {
    const char* required = std::getenv("ORCH_REQUIRE_ENGINE");
    if (required != nullptr && std::string_view(required) == "1")
        throw std::runtime_error("ORCH_REQUIRE_ENGINE=1, but: " + reason);
    throw NoEdge(reason);
}

std::string pebble_configuration(const TemporaryDirectory& directory, std::uint16_t acme,
                                 std::uint16_t management, std::uint16_t http, std::uint16_t https,
                                 std::chrono::seconds valid_for) {
    return R"({"pebble":{"listenAddress":")" + local(acme) + R"(","managementListenAddress":")" +
           local(management) + R"(","certificate":")" + (directory / "authority.pem") +
           R"(","privateKey":")" + (directory / "authority.key") + R"(","httpPort":)" +
           number(http) + R"(,"tlsPort":)" + number(https) + R"(,"certificateValidityPeriod":)" +
           std::to_string(valid_for.count()) +
           R"(,"ocspResponderURL":"","externalAccountBindingRequired":false}})";
}

}  // namespace

Edge::Edge(std::chrono::seconds valid_for)
    : valid_for_(valid_for),
      https_port_(free_port()),
      http_port_(free_port()),
      acme_port_(free_port()),
      management_port_(free_port()),
      dns_port_(free_port()),
      dns_management_port_(free_port()) {
    if (::access(kCaddy, X_OK) != 0) give_up("Caddy is not installed: ci/test installs it");
    if (::access("/usr/bin/pebble", X_OK) != 0)
        give_up("Pebble is not installed: ci/install test installs it");
    start_authority();
    start_caddy();
}

std::string Edge::acme() const {
    return "https://" + local(acme_port_) + "/dir";
}

std::string Edge::issuer_roots() const {
    return read_file(directory_ / "root.pem");
}

void Edge::start_authority() {
    run_successfully({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                               "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=t",
                               "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                               directory_ / "authority.key", "-out", acme_roots()}});
    const std::string configuration = directory_.write(
        "pebble.json", pebble_configuration(directory_, acme_port_, management_port_, http_port_,
                                            https_port_, valid_for_));
    dns_.emplace(ChildOptions{.argv = {"/usr/bin/pebble-challtestsrv", "-management",
                                       local(dns_management_port_), "-dns01", local(dns_port_),
                                       "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-http01",
                                       "", "-https01", "", "-tlsalpn01", ""}});
    authority_.emplace(ChildOptions{
        .argv = {"/usr/bin/pebble", "-config", configuration, "-dnsserver", local(dns_port_)},
        .environment = {{"PEBBLE_VA_NOSLEEP", "1"}, {"PEBBLE_WFE_NONCEREJECT", "0"}}});
    eventually(
        "the authority's root",
        [this] {
            if (!authority_->running()) throw std::runtime_error(authority_->error_output());
            try {
                directory_.write("root.pem",
                                 fetched("https://" + local(management_port_) + "/roots/0"));
                return true;
            } catch (const std::runtime_error&) {
                return false;
            }
        },
        std::chrono::seconds{60});
}

void Edge::start_caddy() {
    const std::string boot = directory_.write(
        "boot.json", R"({"admin":{"listen":"unix/)" + (directory_ / "admin.sock") +
                         R"("},"storage":{"module":"file_system","root":")" + storage() + R"("}})");
    caddy_.emplace(ChildOptions{.argv = {kCaddy, "run", "--config", boot},
                                .environment = {{"HOME", directory_.text()}}});
    eventually(
        "Caddy's admin socket",
        [this] {
            if (!caddy_->running()) throw std::runtime_error(caddy_->error_output());
            // The socket's file appears before Caddy listens on it.
            return connect_unix(directory_ / "admin.sock").valid();
        },
        std::chrono::seconds{60});
}

void Edge::restart_caddy() {
    caddy_->stop();
    ::unlink((directory_ / "admin.sock").c_str());
    start_caddy();
}

std::string Edge::visit(const std::string& host, const std::string& path) const {
    return run_successfully({.argv = {"/usr/bin/python3", kAsk, number(https_port_), host, path,
                                      directory_ / "root.pem"}});
}

std::string Edge::visit_in_the_clear(const std::string& host, const std::string& path) const {
    return run_successfully({.argv = {"/usr/bin/python3", kAsk, number(http_port_), host, path}});
}

ShownCertificate Edge::certificate(const std::string& host) const {
    std::istringstream seen(run_successfully(
        {.argv = {"/usr/bin/python3", "-c",
                  "import socket, ssl, sys, time\n"
                  "port, host, roots = int(sys.argv[1]), sys.argv[2], sys.argv[3]\n"
                  "bare = socket.create_connection(('127.0.0.1', port), timeout=10)\n"
                  "context = ssl.create_default_context(cafile=roots)\n"
                  "shown = context.wrap_socket(bare, server_hostname=host).getpeercert()\n"
                  "left = ssl.cert_time_to_seconds(shown['notAfter']) - time.time()\n"
                  "print(shown['serialNumber'], int(left))",
                  number(https_port_), host, directory_ / "root.pem"}}));
    ShownCertificate certificate;
    std::int64_t left = 0;
    seen >> certificate.serial >> left;
    certificate.left = std::chrono::seconds(left);
    return certificate;
}

void Edge::mislead(const std::string& host) const {
    run_successfully({.argv = {"/usr/bin/python3", "-c",
                               "import sys, urllib.request as r\n"
                               "r.urlopen(sys.argv[1], data=sys.argv[2].encode(), timeout=5)",
                               "http://" + local(dns_management_port_) + "/add-a",
                               R"({"host":")" + host + R"(.","addresses":["127.0.0.99"]})"}});
}

}  // namespace tests
