// A worker with a hostile agent: a container or a process as our own runtime creates it, the real
// worker-wrapper in it, the daemon's doors behind its control directory, and secrets wherever there
// could be one. The agent is tests/hostile.
#pragma once

#include "contracts/base/id.h"
#include "contracts/base/json.h"
#include "contracts/streams/connection.h"
#include "control/api/api.h"
#include "control/forge/forge.h"
#include "control/gate/setting.h"
#include "control/redis/worker_logins.h"
#include "control/runtime/docker/docker.h"
#include "control/runtime/process/process.h"
#include "tests/support/docker_engine.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hostile_tests {

// The system call filters around the agent.
enum class Filter { the_engines_and_ours, ours_alone };

enum class Place { container, process };

struct Options {
    Place place = Place::container;
    Filter filter = Filter::the_engines_and_ours;
    bool secret_in_environment = true;  // in PID 1's environment, as other managers put it
};

// One line of the agent's report.
struct Probe {
    std::string name;
    std::string verdict;
    std::string note;
    long answered_ms = -1;  // PID 1's answer time after the probe; -1: no answer
};

class House {
public:
    explicit House(Options options);
    ~House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    // Gives the agent one task, named by its word, and waits for the worker's output.
    contracts::Json run(const std::string& word);
    // The exit code of a process that the engine starts in the container under the agent's uid.
    int enter(const std::string& word);
    // The whole report, in order.
    [[nodiscard]] std::vector<Probe> report() const;

    // The engine's view of PID 1. For a process worker: whether it is Running, with its instance as
    // Pid.
    [[nodiscard]] contracts::Json state() const;
    // The engine's description of the container, as text.
    [[nodiscard]] std::string description() const;
    [[nodiscard]] std::string log() const;
    [[nodiscard]] bool heartbeat_shows();
    // The messages of a stream.
    [[nodiscard]] std::vector<contracts::Json> messages(const std::string& stream);
    // All keys on the bus except the records of answered requests.
    [[nodiscard]] std::vector<std::string> keys();
    [[nodiscard]] const std::vector<std::string>& secrets() const { return secrets_; }

private:
    std::string secret();
    void make_directories();
    void make_entities();
    void open_doors();
    control::WorkerSpec spec();
    void launch();
    void launch_container();
    void launch_process();
    [[nodiscard]] const tests::DockerEngine& engine() const { return *engine_; }
    contracts::Reply ask(const contracts::OwnedCommand& command);

    Options options_;
    std::optional<tests::DockerEngine> engine_;
    tests::TemporaryDirectory directory_;
    std::vector<std::string> secrets_;
    std::string password_;
    tests::RedisServer redis_;
    contracts::SystemClock clock_;
    contracts::RedisAddress admin_;
    std::unique_ptr<control::WorkerLogins> logins_;
    std::unique_ptr<control::Forge> forge_;
    std::unique_ptr<control::Database> database_;
    std::unique_ptr<control::Api> api_;
    control::HttpServer server_;
    control::HttpClient client_;
    std::vector<std::unique_ptr<control::Listener>> neighbours_;
    std::unique_ptr<control::Gate> gate_;
    std::thread loop_;
    std::optional<contracts::Connection> connection_;
    std::string foreign_project_;
    std::string foreign_task_;
    std::string container_;
    std::unique_ptr<control::Runtime> processes_;
    std::string process_;
};

}  // namespace hostile_tests
