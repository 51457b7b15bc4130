// The one thread that writes: it takes all transactions that wait, runs each in a savepoint, and
// commits them together, so that many callers share one wait for the disk. One that fails takes
// nobody with it.
#pragma once

#include "control/store/sqlite/connection.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace control {

class SqliteWriter {
public:
    using Work = std::function<Result<void>(Transaction&)>;
    using Done = std::function<void(Result<void>)>;

    explicit SqliteWriter(std::unique_ptr<SqliteConnection> connection);
    // Ends what waits first.
    ~SqliteWriter();

    // `done` is called once: on the writer's thread after the commit, or at once when the queue is
    // full.
    void submit(Work work, Done done);
    [[nodiscard]] bool is_this_thread() const {
        return std::this_thread::get_id() == thread_.get_id();
    }

private:
    struct Job {
        Work work;
        Done done;
        Result<void> outcome{};
    };

    void run();
    void commit_together(std::deque<Job>& jobs);
    [[nodiscard]] Result<void> run_jobs(std::deque<Job>& jobs);
    [[nodiscard]] Result<void> run_in_savepoint(Job& job);
    [[nodiscard]] Result<void> run_alone(Job& job);

    std::unique_ptr<SqliteConnection> connection_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace control
