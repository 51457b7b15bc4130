// A graphs role on a real Redis, a real store and a real forge. The test plays the other side of
// the streams: the worker manager and the workers.
#pragma once

#include "contracts/base/json.h"
#include "contracts/entities/entities.h"
#include "contracts/messages/graph_command.h"
#include "contracts/streams/connection.h"
#include "control/forge/forge.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/graphs.h"
#include "control/store/database.h"
#include "control/store/threads.h"
#include "control/templates/templates.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_directory.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace tests {

using contracts::Json;

// The machine's clock, with a wall clock that the test can set.
class SetClock final : public contracts::Clock {
public:
    contracts::Timestamp now() const override { return real_.now() + set_by_.load(); }
    contracts::Instant instant() const override { return real_.instant(); }
    void step(std::chrono::milliseconds by) { set_by_ = set_by_.load() + by; }

private:
    contracts::SystemClock real_;
    std::atomic<std::chrono::milliseconds> set_by_{};
};

class House {
public:
    explicit House(control::graphs::EngineeringSettings settings = quick());
    ~House();

    // Settings with waits short enough for a test.
    [[nodiscard]] static control::graphs::EngineeringSettings quick();

    void start();
    // Copies the store; between `stop` and `start`, `restore` puts the copy back.
    void back_up();
    void restore();
    // Destroys the role as a daemon does at its end; the store stays.
    void stop();

    // Creates a project and a queued task in the store; returns the task's id.
    std::string make_task(const std::string& spec = "Write a program that greets.");
    void change_task(const std::string& task, const std::function<void(contracts::Task&)>& change);
    // Changes the project of this task.
    void change_project(const std::string& task,
                        const std::function<void(contracts::Project&)>& change);
    void send(std::string_view stream, const Json& message);
    // Sends a task's message, as its creator does.
    void send_once(std::string_view stream, const std::string& task, const std::string& request_id,
                   const std::string& project = {});
    void trim(std::string_view stream);  // removes all entries
    // The trace that the task's message belongs to.
    static constexpr std::string_view kTrace =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    void queue_task(const std::string& task, const std::optional<std::string>& callback = {});
    void tell(const std::string& task, const std::string& command, const Json& more = {});

    // The next message of a stream that this test has not seen; waits for it.
    Json next(const std::string& stream);
    [[nodiscard]] std::vector<Json> all(std::string_view stream);

    // The next message of worker:commands, which must be of the named kind.
    Json expect_create(const std::string& role);
    void expect_delete(const std::string& worker);
    void answer_create(const Json& create, const std::string& worker);
    void refuse_create(const Json& create, const std::string& error);
    void send_output(const Json& input, Json output);
    void note_answered(const std::string& request_id);
    // Commits a file on the task's branch and pushes it, as a worker does. Returns the commit.
    std::string push(const std::string& task, const std::string& file, const std::string& text);
    // Runs a line of shell in a clone of the task's branch, which may do anything with git; nothing
    // is committed for it. Returns the branch's head, whatever its state.
    std::string push_with(const std::string& task, const std::string& script);
    // The same on the default branch, as another committer.
    void push_main(const std::string& task, const std::string& file);

    // A whole turn, from the worker's creation to its removal. Returns the worker's input.
    Json develop(const std::string& task, const std::string& worker, const std::string& file);
    Json run_tests(const std::string& worker, int exit_code, const std::string& output = {});

    [[nodiscard]] contracts::Task task(const std::string& id);
    [[nodiscard]] contracts::Project project(const std::string& task);
    [[nodiscard]] control::Thread thread(const std::string& task);
    void await_task(const std::string& task, contracts::TaskStatus status);
    void await_thread(const std::string& task, control::ThreadStatus status);
    [[nodiscard]] control::Forge& forge() { return *forge_; }
    [[nodiscard]] control::Database& database() { return *db_; }
    void restart_redis();
    void step_clock(std::chrono::milliseconds by) { clock_.step(by); }
    [[nodiscard]] std::string repository(const std::string& task);

private:
    contracts::Connection& connection();
    void push_to(const std::string& task, const std::string& branch, const std::string& file,
                 const std::string& text);
    void git(const std::vector<std::string>& arguments, const std::string& directory = {});

    RedisServer redis_{RedisOptions{.durable = true}};
    TemporaryDirectory directory_;
    SetClock clock_;
    control::graphs::EngineeringSettings settings_;
    std::unique_ptr<control::Database> db_;
    std::unique_ptr<control::Forge> forge_;
    std::unique_ptr<control::Templates> templates_ = control::make_copier({});
    std::optional<control::graphs::Graphs> graphs_;
    std::optional<contracts::Connection> connection_;
    std::map<std::string, std::string> seen_;  // the last id read of each stream
    int clones_ = 0;
};

}  // namespace tests
