// The bus when nobody set one up: a redis-server of our own in the data directory, found on PATH,
// reachable over a unix socket only, with a password that is made once. Restarted with backoff when
// it ends; ended with its owner, and with this process however that ends. Nothing that was answered
// is lost when it is killed (append_only.h).
//
// A server that an earlier daemon left behind (it gets SIGTERM when its daemon dies, and may still
// be writing out) is told to shut down and waited for, rather than adopted: it saves everything,
// and a child of our own is one we can wait for and that cannot outlive us.
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
    // Returns when it answers. Fails with `fatal` where there is no redis-server or it refuses to
    // start.
    [[nodiscard]] static contracts::Result<std::unique_ptr<RedisServer>> start(
        std::string directory, contracts::Log log);
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;

    // Of the user that may do everything.
    [[nodiscard]] const contracts::RedisAddress& address() const { return address_; }
    // Of the life that runs now; -1 between two.
    [[nodiscard]] pid_t pid() const { return pid_.load(); }

private:
    RedisServer(std::string program, ServerFiles files, contracts::RedisAddress address,
                contracts::Log log);
    void supervise(const std::stop_token& stop);
    // One life: from the start of the child to its end.
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
    std::optional<contracts::Result<void>> first_;  // how the first start went
    std::jthread thread_;
};

}  // namespace control
