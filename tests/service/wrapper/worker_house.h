// A real worker-wrapper with its surroundings: its own Redis (or another one), a workspace, a state
// directory, and a line of shell as its agent.
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
    // `redis_url`: an existing Redis; without it the object starts its own.
    explicit WorkerHouse(std::string worker_type = "developer", std::string redis_url = {});

    // Sets the agent's shell line, or further variables of the worker.
    WorkerHouse& agent(std::string line);
    WorkerHouse& set(std::string name, std::string value);

    // Makes the worker see this text as /etc/passwd. Needs root.
    WorkerHouse& with_accounts(const std::string& text);

    [[nodiscard]] ChildProcess start() const;
    // Starts the worker and waits until it has ended.
    Finished run_to_end(std::chrono::milliseconds limit = std::chrono::seconds{30}) const;

    // Sends a message to the worker; returns the entry's id.
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

    // The number of living processes of the agent's user.
    [[nodiscard]] int agents_alive() const;
    // The contents of a file of the agent; empty if there is none.
    [[nodiscard]] std::string in_workspace(const std::string& name) const;

    [[nodiscard]] uid_t uid() const { return uid_; }
    [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
    // This worker's own Redis.
    [[nodiscard]] RedisServer& redis() { return redis_.value(); }
    [[nodiscard]] std::string workspace() const { return directory_ / "workspace"; }

private:
    // Creates a directory that belongs to the agent's user.
    void own_directory(const std::string& name) const;

    std::string worker_type_;
    uid_t uid_;
    TemporaryDirectory directory_;
    std::optional<RedisServer> redis_;
    std::string redis_url_;
    std::map<std::string, std::string> environment_;
    std::vector<std::string> before_;  // part of the worker's argv
};

// Shell that prints a successful result block.
inline const std::string kSucceeds =
    R"(echo '<result>{"status":"success","summary":"done"}</result>')";

}  // namespace tests
