#include "control/store/group_writer.h"

#include <exception>

namespace control {

namespace {

constexpr std::size_t kMaxWaiting = 65'536;

// A caller that waits for its commit. Signalled under the lock, because the waiter may be destroyed
// right after.
class Outcome {
public:
    void set(Result<void> outcome) {
        const std::lock_guard lock(mutex_);
        outcome_ = std::move(outcome);
        is_set_.notify_one();
    }
    [[nodiscard]] Result<void> wait() {
        std::unique_lock lock(mutex_);
        is_set_.wait(lock, [this] { return outcome_.has_value(); });
        return *std::move(outcome_);
    }

private:
    std::mutex mutex_;
    std::condition_variable is_set_;
    std::optional<Result<void>> outcome_;
};

}  // namespace

Result<void> run_work(const TransactionWork& work, Transaction& transaction) {
    try {
        return work(transaction);
    } catch (const std::exception& thrown) {
        return fail(ErrorKind::fatal,
                    std::string("the transaction ended with an exception: ") + thrown.what());
    } catch (...) {
        return fail(ErrorKind::fatal, "the transaction ended with an exception");
    }
}

GroupWriter::GroupWriter(std::size_t together, Commit commit)
    : together_(together), commit_(std::move(commit)), thread_([this] { loop(); }) {}

GroupWriter::~GroupWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void GroupWriter::submit(TransactionWork work, TransactionDone done) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() < kMaxWaiting && !stopping_) {
            waiting_.push_back({std::move(work), std::move(done)});
            done = nullptr;
        }
    }
    if (done) return done(fail(ErrorKind::transient, "too many transactions are waiting"));
    wake_.notify_one();
}

Result<void> GroupWriter::run(const TransactionWork& work) {
    if (std::this_thread::get_id() == thread_.get_id())
        return fail(ErrorKind::fatal, "a transaction was started inside another transaction");
    Outcome outcome;
    submit(work, [&](Result<void> committed) { outcome.set(std::move(committed)); });
    return outcome.wait();
}

void GroupWriter::loop() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        std::vector<TransactionJob> jobs;
        while (!waiting_.empty() && jobs.size() < together_) {
            jobs.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        lock.unlock();
        ++commits_;
        commit_(jobs);
        ++commits_;
        for (TransactionJob& job : jobs)
            job.done(std::move(job.outcome));
        jobs.clear();  // frees the callers' captures before the next wait
        lock.lock();
    }
}

}  // namespace control
