// Daemons with every role that share one PostgreSQL, one Redis and the repositories. Workers are
// plain processes, with separate users for each daemon; the agents are scripts. Throws
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

    // Returns once both serve.
    Fleet();

    [[nodiscard]] tests::Daemon& daemon(std::size_t index) { return *daemons_.at(index); }
    // Asks this daemon with the administrator's token; fails unless the status is 2xx.
    Json ask(std::size_t index, const std::string& method, const std::string& target,
             const Json& body = {});
    // Creates a project with its first task at this daemon; returns the task's id.
    std::string begin_task(std::size_t index, const std::string& name);
    // The task's row; waits until the task has ended.
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
