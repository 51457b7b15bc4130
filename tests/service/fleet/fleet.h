// Daemons with every role that share one PostgreSQL, one Redis and the repositories. Their workers
// are plain processes, each daemon's with users of its own; the agents are scripts. Throws
// std::runtime_error.
#pragma once

#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "tests/support/daemon.h"
#include "tests/support/postgres_server.h"
#include "tests/support/redis_server.h"

#include <array>
#include <string>
#include <vector>

namespace fleet_tests {

using contracts::Json;

class Fleet {
public:
    static constexpr std::size_t kSize = 2;

    // Both serve when it returns.
    Fleet();

    [[nodiscard]] tests::Daemon& daemon(std::size_t index) { return *daemons_.at(index); }
    // With the admin's token, of this daemon; fails unless it is answered with 2xx.
    Json ask(std::size_t index, const std::string& method, const std::string& target,
             const Json& body = {});
    // Makes a project with its first task by this daemon; the task's id.
    std::string begin_task(std::size_t index, const std::string& name);
    // The task's row, once it has ended.
    Json await_end(const std::string& task);
    [[nodiscard]] std::vector<Json> messages(const std::string& stream) const;
    [[nodiscard]] std::vector<std::string> keys(const std::string& pattern) const;
    [[nodiscard]] std::string git(const std::string& repository,
                                  std::vector<std::string> arguments) const;

private:
    [[nodiscard]] std::map<std::string, std::string> environment(std::size_t index) const;
    [[nodiscard]] contracts::Connection redis() const;

    tests::TemporaryDirectory shared_;
    tests::PostgresServer postgres_;
    tests::RedisServer redis_;
    std::string database_;
    std::string bus_;
    std::string programs_;
    std::array<std::unique_ptr<tests::Daemon>, kSize> daemons_;
};

}  // namespace fleet_tests
