// A graphs role on a real Redis, a real store and a real forge. The test plays who stands at the
// far side of the streams: the worker manager and the workers.
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

// The machine's, whose wall clock somebody sets.
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

    // Waits that a test can sit out.
    [[nodiscard]] static control::graphs::EngineeringSettings quick();

    void start();
    // What the store holds now; and, between `stop` and `start`, back to that.
    void back_up();
    void restore();
    // The object goes, as in a daemon that ends; the store stays.
    void stop();

    // A project and a queued task in the store; returns the task's id.
    std::string make_task(const std::string& spec = "Write a program that greets.");
    void change_task(const std::string& task, const std::function<void(contracts::Task&)>& change);
    // Of the task.
    void change_project(const std::string& task,
                        const std::function<void(contracts::Project&)>& change);
    void send(std::string_view stream, const Json& message);
    // As who made the task sends its message.
    void send_once(std::string_view stream, const std::string& task, const std::string& request_id,
                   const std::string& project = {});
    void trim(std::string_view stream);  // to nothing
    // Its message is part of this trace.
    static constexpr std::string_view kTrace =
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    void queue_task(const std::string& task, const std::optional<std::string>& callback = {});
    void tell(const std::string& task, const std::string& command, const Json& more = {});

    // The next message of a stream that this test has not seen; waits for it.
    Json next(const std::string& stream);
    [[nodiscard]] std::vector<Json> all(std::string_view stream);

    // The next of worker:commands, which is what is said.
    Json expect_create(const std::string& role);
    void expect_delete(const std::string& worker);
    void answer_create(const Json& create, const std::string& worker);
    void refuse_create(const Json& create, const std::string& error);
    void send_output(const Json& input, Json output);
    void note_answered(const std::string& request_id);
    // Commits a file on the task's branch, as a worker does, and pushes it. Returns the commit.
    std::string push(const std::string& task, const std::string& file, const std::string& text);
    // The same with a line of shell in a clone of the task's branch, which commits nothing by
    // itself and may say what it likes in git. Returns the branch's head, whatever it is worth.
    std::string push_with(const std::string& task, const std::string& script);
    // The same on the default branch, by somebody else.
    void push_main(const std::string& task, const std::string& file);

    // A whole turn: created, told, done, given back. Returns what it was told.
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
