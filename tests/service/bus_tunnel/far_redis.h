// A remote Redis: behind TLS, or watched over by Sentinels.
#pragma once

#include "contracts/streams/connection.h"
#include "control/bus_tunnel/tls_client.h"
#include "tests/support/child_process.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace tunnel_tests {

// Two certificate authorities. The first has signed a server certificate for 127.0.0.1, one for
// another host, and a client certificate.
class Certificates {
public:
    Certificates();
    [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
    // Arguments of redis-server for a TLS listener at `port` with the certificate `name`.
    [[nodiscard]] std::vector<std::string> door(std::uint16_t port,
                                                const std::string& name = "server") const;
    // The TLS settings of a client that trusts the first authority and shows its certificate.
    [[nodiscard]] control::TlsClientFiles client() const;

private:
    void make_authority(const std::string& name) const;
    void sign(const std::string& name, const std::string& host) const;
    tests::TemporaryDirectory directory_;
};

// Listens with TLS only; the default user is off, and "daemon" has the password "secret".
class TlsRedis {
public:
    explicit TlsRedis(const Certificates& certificates, const std::string& certificate = "server");
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const;
    [[nodiscard]] tests::RedisServer& server() { return server_; }
    // Creates the users, which Redis forgets at a restart.
    void make_users();

private:
    std::uint16_t port_;
    tests::RedisServer server_;
};

// A master, a replica and three Sentinels; the constructor returns once they agree.
class WatchedRedis {
public:
    static constexpr const char* kMaster = "mymaster";
    explicit WatchedRedis(const Certificates* tls = nullptr);

    // The addresses of the Sentinels, as REDIS_URL lists them.
    [[nodiscard]] std::string hosts() const;
    [[nodiscard]] std::vector<contracts::RedisAddress> sentinels() const;
    // The master's port, according to the first Sentinel.
    [[nodiscard]] std::uint16_t master() const;
    [[nodiscard]] tests::RedisServer& at(std::uint16_t port);
    void stop_sentinel(std::size_t index) { sentinels_[index]->stop(); }

private:
    struct Node {
        std::uint16_t port;
        std::unique_ptr<tests::RedisServer> server;
    };
    void start_sentinel(std::size_t index, const Certificates* tls);
    [[nodiscard]] std::string ask(std::size_t index, const std::vector<std::string>& words) const;

    tests::TemporaryDirectory directory_;
    const Certificates* tls_;
    std::array<Node, 2> nodes_;
    std::array<std::uint16_t, 3> ports_{};
    std::array<std::optional<tests::ChildProcess>, 3> sentinels_;
};

// A loopback port that this process has not handed out before.
[[nodiscard]] std::uint16_t another_port();

}  // namespace tunnel_tests
