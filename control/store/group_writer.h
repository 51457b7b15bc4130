// The only thread that writes. It takes all waiting transactions and passes them to the driver,
// which commits them together, so that many callers share one wait for the disk.
#pragma once

#include "control/store/database.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <thread>

namespace control {

using TransactionWork = std::function<Result<void>(Transaction&)>;
using TransactionDone = std::function<void(Result<void>)>;

// A caller's transaction. The driver sets `outcome` after the commit.
struct TransactionJob {
    TransactionWork work;
    TransactionDone done;
    Result<void> outcome{};
};

// Calls `work`; an exception becomes an error.
[[nodiscard]] Result<void> run_work(const TransactionWork& work, Transaction& transaction);

class GroupWriter {
public:
    // `commit` runs on the writer's thread, with at least one and at most `together` jobs.
    using Commit = std::function<void(std::span<TransactionJob>)>;

    GroupWriter(std::size_t together, Commit commit);
    // Finishes the waiting transactions first.
    ~GroupWriter();

    // `done` is called once: on the writer's thread after the commit, or at once if the queue is
    // full.
    void submit(TransactionWork work, TransactionDone done);
    // Waits for the commit. From the writer's own thread: `fatal`.
    [[nodiscard]] Result<void> run(const TransactionWork& work);
    // `commit` sees an odd number; callers are notified when it is even again.
    [[nodiscard]] CommitSequence commits() const { return commits_; }

private:
    void loop();

    std::size_t together_;
    Commit commit_;
    std::atomic<CommitSequence> commits_ = 0;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<TransactionJob> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace control
