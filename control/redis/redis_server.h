// The bus if nobody set one up: a redis-server of our own in the data directory, found on PATH,
// reachable over a unix socket only, with a password that is created once. It is restarted with
// backoff when it ends, and ends with its owner or with this process, however that ends. Killing it
// loses nothing that it has answered (append_only.h).
//
// A server that an earlier daemon left behind (it gets SIGTERM when its daemon dies, and may still
// be writing) is shut down and waited for, and not adopted: it saves everything, while a child of
// our own can be waited for and cannot outlive us.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/address.h"
#include "control/redis/server_files.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace control {

class RedisServer {
public:
    // Returns when it answers. Fails with `fatal` if redis-server is missing or refuses to start.
    [[nodiscard]] static contracts::Result<std::unique_ptr<RedisServer>> start(
        std::string directory, contracts::Log log);
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;

    // The address for the user with all permissions.
    [[nodiscard]] const contracts::RedisAddress& address() const { return address_; }
    // The process id of the current run; -1 between two runs.
    [[nodiscard]] pid_t pid() const { return pid_.load(); }

private:
    RedisServer(std::string program, ServerFiles files, contracts::RedisAddress address,
                contracts::Log log);
    void supervise(const std::stop_token& stop);
    // One run: from the start of the child to its end.
    [[nodiscard]] contracts::Result<void> live(const std::stop_token& stop);
    void report(contracts::Result<void> first);

    std::string program_;
    ServerFiles files_;
    contracts::RedisAddress address_;
    contracts::Log log_;
    contracts::UniqueFd wake_;
    std::atomic<pid_t> pid_ = -1;
    std::mutex guard_;
    std::condition_variable started_;
    std::optional<contracts::Result<void>> first_;  // the result of the first start
    std::jthread thread_;
};

}  // namespace control
