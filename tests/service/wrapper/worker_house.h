// A real worker-wrapper with everything around it: a Redis of its own (or another's), a workspace,
// a state directory, and an agent that is a line of shell.
#pragma once

#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/support/programs.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

template <class T>
T must(contracts::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().describe());
    return std::move(*result);
}

class WorkerHouse {
public:
    // `redis_url`: of a Redis that somebody else has started; without one it starts its own.
    explicit WorkerHouse(std::string worker_type = "developer", std::string redis_url = {});

    // The agent's shell line; or further variables of the worker.
    WorkerHouse& agent(std::string line);
    WorkerHouse& set(std::string name, std::string value);

    // The worker sees this text as /etc/passwd. Needs root.
    WorkerHouse& with_accounts(const std::string& text);

    [[nodiscard]] ChildProcess start() const;
    // Starts, and waits until it has ended.
    Finished run_to_end(std::chrono::milliseconds limit = std::chrono::seconds{30}) const;

    // A message for the worker; its entry's id.
    std::string give(const std::string& request_id, const std::string& prompt = "do it",
                     int timeout_seconds = 60);
    std::string give_raw(const std::string& data);

    [[nodiscard]] std::string input_stream() const;
    [[nodiscard]] std::string output_stream() const;
    [[nodiscard]] std::vector<contracts::Json> outputs() const { return read(output_stream()); }
    [[nodiscard]] std::vector<contracts::Json> lifecycle() const {
        return read("worker:lifecycle");
    }
    // The messages of a stream, oldest first.
    [[nodiscard]] std::vector<contracts::Json> read(const std::string& stream) const;
    [[nodiscard]] std::int64_t pending() const;
    [[nodiscard]] std::string status(const std::string& field) const;
    [[nodiscard]] std::string get(const std::string& key) const;
    [[nodiscard]] contracts::Connection connect() const;

    // How many processes of the agent's user live.
    [[nodiscard]] int agents_alive() const;
    // A file of the agent's, empty when there is none.
    [[nodiscard]] std::string in_workspace(const std::string& name) const;

    [[nodiscard]] uid_t uid() const { return uid_; }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    // Its own.
    [[nodiscard]] RedisServer& redis() { return redis_.value(); }
    [[nodiscard]] std::string workspace() const { return directory_ / "workspace"; }

private:
    // Made and given to the agent's user.
    void own_directory(const std::string& name) const;

    std::string worker_type_;
    uid_t uid_;
    TemporaryDirectory directory_;
    std::optional<RedisServer> redis_;
    std::string redis_url_;
    std::map<std::string, std::string> environment_;
    std::vector<std::string> before_;  // of the worker's argv
};

// Ends with the verdict that everybody understands.
inline const std::string kSucceeds =
    R"(echo '<result>{"status":"success","summary":"done"}</result>')";

}  // namespace tests
