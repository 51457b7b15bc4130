// A private redis-server in its own directory, on a Unix socket (and on loopback TCP on
// request); it ends with the object. Every fault that a test needs is a method. Throws
// std::runtime_error.
#pragma once

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tests {

struct RedisOptions {
    bool durable = false;  // an append-only file, synced at each write: data survives kill()
    bool tcp = false;      // also on 127.0.0.1
    bool cluster = false;  // the only node of a Redis Cluster, without slots; also on 127.0.0.1
    std::vector<std::string> arguments{};  // e.g. {"--maxmemory", "2mb"}
};

class RedisServer {
public:
    // Returns once it answers.
    explicit RedisServer(RedisOptions options = {});

    [[nodiscard]] std::string socket() const { return directory_ / "r.sock"; }
    // unix:///path
    [[nodiscard]] std::string url() const { return "unix://" + socket(); }
    // redis://127.0.0.1:port; requires `tcp`.
    [[nodiscard]] std::string tcp_url() const;
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    [[nodiscard]] bool answers() const;

    // Sends SIGTERM and waits for the end.
    void stop();
    // Sends SIGKILL: data that was not durable is lost.
    void kill();
    // Starts again at the same address after stop or kill, with the data of the append-only file.
    void start();
    void restart();
    // Freezes the server: connections stay open but nothing answers until resume().
    void pause();
    void resume();

private:
    RedisOptions options_;
    TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    std::optional<ChildProcess> process_;
};

// Whether a Redis answers at that Unix socket within half a second.
[[nodiscard]] bool redis_answers(const std::string& socket);

// A loopback port on which nothing listens at the moment.
[[nodiscard]] std::uint16_t free_port();

}  // namespace tests
