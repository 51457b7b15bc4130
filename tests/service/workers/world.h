// The workers role with real surroundings: Redis, SQLite, bare repositories, the gate's doors, the
// process runtime. Only worker-wrapper is replaced by a stand-in.
#pragma once

#include "contracts/messages/developer.h"
#include "contracts/messages/worker.h"
#include "control/gate/setting.h"
#include "control/redis/worker_logins.h"
#include "control/workers/workers.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>
#include <thread>

namespace workers_tests {

using namespace contracts;
using namespace control;
using namespace std::chrono_literals;

// The value; the test fails with the error if there is none.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// Real time plus an offset that a test sets.
class ShiftedClock final : public Clock {
public:
    Timestamp now() const override { return real_.now() + ahead_.load() + stepped_.load(); }
    Instant instant() const override { return real_.instant() + ahead_.load(); }
    void advance(std::chrono::milliseconds by) { ahead_ = ahead_.load() + by; }
    // As when the wall clock is set: the monotonic clock does not move.
    void step(std::chrono::milliseconds by) { stepped_ = stepped_.load() + by; }

private:
    SystemClock real_;
    std::atomic<std::chrono::milliseconds> ahead_{0ms};
    std::atomic<std::chrono::milliseconds> stepped_{0ms};
};

class World {
public:
    World();
    ~World();

    // Starts the role as the daemon does; after `end_role` it starts as a new daemon process.
    void start_role();
    void end_role() { own_.role.reset(); }
    // Another daemon on the same store and bus, with its own directories and users.
    void start_other();
    void end_other() { other_.role.reset(); }
    // Announces a daemon, as each does every few seconds.
    void announce(const std::string& name, std::chrono::seconds ago = 0s);
    // These settings apply from the next start.
    std::int64_t max_workers = 10;
    std::int64_t max_of_user = 0;
    std::string bin_directory = STAND_IN_DIRECTORY;
    ImageFor image_for = [](const WorkerConfig&, const std::stop_token&) {
        return Result<std::string>(std::string());
    };

    std::function<void(WorkersSetting&)> adjust{};
    // Replaces the process runtime: makes a runtime for the daemon of this name, whose workers are
    // in the directory.
    std::function<std::unique_ptr<Runtime>(const std::string& name, const std::string& directory)>
        make_runtime{};

    // Requests a worker that runs `command`, with this `context`. Returns the request's id.
    std::string create(const std::string& command,
                       std::map<std::string, std::string> context = {{"task_id", "t-1"}},
                       WorkerType type = WorkerType::developer);
    std::string remove(const std::string& worker_id);
    void send(const std::string& data);
    [[nodiscard]] CreateWorker create_command(const std::string& command) const;

    // Waits for the response to a request; returns its JSON.
    Json response(const std::string& request_id);
    // All responses to the request so far.
    std::vector<Json> responses(const std::string& request_id);
    // Creates a worker and waits for it; returns its id.
    std::string running(const std::string& command,
                        std::map<std::string, std::string> context = {{"task_id", "t-1"}},
                        WorkerType type = WorkerType::developer);
    std::string status(const std::string& worker_id);

    void give_input(const std::string& worker_id, const std::string& request_id);
    // Makes the worker's stand-in end.
    void end_worker(const std::string& worker_id, int exit_code);
    std::vector<Json> outputs(const std::string& request_id,
                              const std::string& stream = "worker:developer:output");
    void wait_ended(const std::string& worker_id);
    std::optional<WorkerRow> row(const std::string& worker_id);
    // Whatever is left of any worker: directories, instances, keys, doors; empty: nothing.
    std::string remains();

    Reply ask(const OwnedCommand& command);
    [[nodiscard]] std::string place(const std::string& worker_id) const {
        return own_.directory + '/' + worker_id;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
    ShiftedClock& clock() { return clock_; }
    Database& database() { return *database_; }
    Forge& forge() { return *forge_; }
    Runtime& runtime() { return *own_.runtime; }
    Runtime& other_runtime() { return *other_.runtime; }
    Gate& gate() { return *own_.gate; }
    WorkersSetting setting() { return setting(own_); }

private:
    // The parts that each daemon has for itself.
    struct Machine {
        std::string name;
        std::string directory;
        std::uint32_t first_uid;
        std::unique_ptr<Runtime> runtime{};
        std::unique_ptr<Gate> gate{};
        std::unique_ptr<Workers> role{};
    };
    std::vector<Json> messages(const std::string& stream, const std::string& request_id);
    WorkersSetting setting(Machine& machine);
    void start(Machine& machine);
    void start_ports(Machine& machine);
    void clear(Machine& machine);

    tests::TemporaryDirectory directory_;
    tests::RedisServer redis_;
    RedisAddress address_;
    ShiftedClock clock_;
    std::shared_ptr<LogSink> sink_;
    Log log_;
    std::unique_ptr<Database> database_;
    std::unique_ptr<Forge> forge_;
    HttpServer server_;
    HttpClient client_;
    std::unique_ptr<WorkerLogins> logins_;
    std::thread loop_;
    std::optional<Connection> connection_;
    Machine own_;
    Machine other_;
};

}  // namespace workers_tests
