// Everything the workers role works with, real: Redis, SQLite, bare repositories, the gate's doors,
// the process runtime. Only worker-wrapper is stood in for.
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

// The value, or a failed test that says why there is none.
template <class T>
T must(Result<T> result) {
    if (!result) FAIL(result.error().describe());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The real time, and what a test adds to it.
class ShiftedClock final : public Clock {
public:
    Timestamp now() const override { return real_.now() + ahead_.load() + stepped_.load(); }
    Instant instant() const override { return real_.instant() + ahead_.load(); }
    void advance(std::chrono::milliseconds by) { ahead_ = ahead_.load() + by; }
    // As when the wall clock is set: no time has passed.
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

    // The role, as the daemon builds it; again after `end_role` as its next life.
    void start_role();
    void end_role() { own_.role.reset(); }
    // Another daemon on the same store and bus, with directories and users of its own.
    void start_other();
    void end_other() { other_.role.reset(); }
    // As each daemon does every few seconds.
    void announce(const std::string& name, std::chrono::seconds ago = 0s);
    // Taken at the next start.
    std::int64_t max_workers = 10;
    std::int64_t max_of_user = 0;
    std::string bin_directory = STAND_IN_DIRECTORY;
    ImageFor image_for = [](const WorkerConfig&, const std::stop_token&) {
        return Result<std::string>(std::string());
    };

    std::function<void(WorkersSetting&)> adjust{};
    // In place of processes: a runtime for the daemon of this name, which has its workers below the
    // directory.
    std::function<std::unique_ptr<Runtime>(const std::string& name, const std::string& directory)>
        make_runtime{};

    // A worker that does `command`; `context` as in the message. Returns the request's id.
    std::string create(const std::string& command,
                       std::map<std::string, std::string> context = {{"task_id", "t-1"}},
                       WorkerType type = WorkerType::developer);
    std::string remove(const std::string& worker_id);
    void send(const std::string& data);
    [[nodiscard]] CreateWorker create_command(const std::string& command) const;

    // The response to a request, as JSON; waits for it.
    Json response(const std::string& request_id);
    // All responses to it so far.
    std::vector<Json> responses(const std::string& request_id);
    // Creates and waits; the worker's id.
    std::string running(const std::string& command,
                        std::map<std::string, std::string> context = {{"task_id", "t-1"}},
                        WorkerType type = WorkerType::developer);
    std::string status(const std::string& worker_id);

    void give_input(const std::string& worker_id, const std::string& request_id);
    // The worker's end, as its stand-in does it.
    void end_worker(const std::string& worker_id, int exit_code);
    std::vector<Json> outputs(const std::string& request_id,
                              const std::string& stream = "worker:developer:output");
    void wait_ended(const std::string& worker_id);
    std::optional<WorkerRow> row(const std::string& worker_id);
    // Directories, instances, keys, doors of all workers; empty: nothing is left.
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
    // What a daemon has for itself.
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
