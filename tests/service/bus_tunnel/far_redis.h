// A Redis as it stands far away: behind TLS, or watched over by Sentinels.
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

// Two authorities. The first has signed a server's certificate for 127.0.0.1, one for another host,
// and a client's.
class Certificates {
public:
    Certificates();
    [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
    // redis-server's arguments for a TLS door at `port`, with the certificate `name`.
    [[nodiscard]] std::vector<std::string> door(std::uint16_t port,
                                                const std::string& name = "server") const;
    // Those of a client that trusts the first authority and shows its certificate.
    [[nodiscard]] control::TlsClientFiles client() const;

private:
    void make_authority(const std::string& name) const;
    void sign(const std::string& name, const std::string& host) const;
    tests::TemporaryDirectory directory_;
};

// Behind TLS alone, its default user off, and a user "daemon" with the password "secret".
class TlsRedis {
public:
    explicit TlsRedis(const Certificates& certificates, const std::string& certificate = "server");
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url() const;
    [[nodiscard]] tests::RedisServer& server() { return server_; }
    // Users are forgotten at a restart.
    void make_users();

private:
    std::uint16_t port_;
    tests::RedisServer server_;
};

// A master, a replica and three Sentinels; returns when they agree.
class WatchedRedis {
public:
    static constexpr const char* kMaster = "mymaster";
    explicit WatchedRedis(const Certificates* tls = nullptr);

    // Of the Sentinels, as REDIS_URL lists them.
    [[nodiscard]] std::string hosts() const;
    [[nodiscard]] std::vector<contracts::RedisAddress> sentinels() const;
    // The port of the master, as the first Sentinel says now.
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

// A port of loopback that this process has not handed out before.
[[nodiscard]] std::uint16_t another_port();

}  // namespace tunnel_tests
