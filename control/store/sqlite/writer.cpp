#include "control/store/sqlite/writer.h"

#include <exception>

namespace control {

namespace {

constexpr std::size_t kMaxWaiting = 65'536;
constexpr std::size_t kMaxTogether = 1'024;  // bounds the time that the first of them waits

class SqliteTransaction final : public Transaction {
public:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
    using Transaction::query;
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        // A lost transaction must not go on as single statements that commit by themselves.
        if (!connection_.in_transaction())
            return fail(ErrorKind::transient, "the transaction was rolled back");
        return connection_.query(sql, values);
    }

private:
    SqliteConnection& connection_;
};

Result<void> call(const SqliteWriter::Work& work, SqliteConnection& connection) {
    SqliteTransaction transaction(connection);
    Result<void> outcome = fail(ErrorKind::fatal, "the transaction ended with an exception");
    try {
        outcome = work(transaction);
    } catch (const std::exception& thrown) {
        outcome.error().message.append(": ").append(thrown.what());
    }
    if (outcome && !connection.in_transaction())
        return fail(ErrorKind::transient, "the transaction was rolled back");
    if (outcome && connection.has_dangling_references())
        return fail(ErrorKind::conflict, "FOREIGN KEY constraint failed");
    return outcome;
}

}  // namespace

SqliteWriter::SqliteWriter(std::unique_ptr<SqliteConnection> connection)
    : connection_(std::move(connection)), thread_([this] { run(); }) {}

SqliteWriter::~SqliteWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SqliteWriter::submit(Work work, Done done) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() < kMaxWaiting && !stopping_) {
            waiting_.push_back({std::move(work), std::move(done)});
            done = nullptr;
        }
    }
    if (done) return done(fail(ErrorKind::transient, "too many transactions wait"));
    wake_.notify_one();
}

void SqliteWriter::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        std::deque<Job> jobs;
        while (!waiting_.empty() && jobs.size() < kMaxTogether) {
            jobs.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        lock.unlock();
        commit_together(jobs);
        for (Job& job : jobs)
            job.done(std::move(job.outcome));
        jobs.clear();  // what the callers captured goes before we wait again
        lock.lock();
    }
}

void SqliteWriter::commit_together(std::deque<Job>& jobs) {
    Result<void> committed = connection_->script("BEGIN IMMEDIATE");
    if (committed) committed = run_jobs(jobs);
    if (connection_->in_transaction()) {
        if (committed) committed = connection_->script("COMMIT");
        if (!committed && connection_->in_transaction()) (void)connection_->script("ROLLBACK");
    }
    if (committed) return;
    for (Job& job : jobs)
        if (job.outcome) job.outcome = fail(committed.error());
}

// Fails when the whole transaction is lost.
Result<void> SqliteWriter::run_jobs(std::deque<Job>& jobs) {
    if (jobs.size() == 1) return run_alone(jobs.front());
    for (Job& job : jobs)
        if (Result<void> kept = run_in_savepoint(job); !kept) return kept;
    return {};
}

Result<void> SqliteWriter::run_alone(Job& job) {
    job.outcome = call(job.work, *connection_);
    if (!job.outcome) return fail(job.outcome.error());
    return {};
}

Result<void> SqliteWriter::run_in_savepoint(Job& job) {
    Result<Rows> marked = connection_->query("SAVEPOINT caller", {});
    if (!marked) return fail(std::move(marked.error()));
    job.outcome = call(job.work, *connection_);
    if (!connection_->in_transaction())
        return fail(ErrorKind::transient, "the transaction was rolled back: " +
                                              (job.outcome ? "" : job.outcome.error().message));
    if (!job.outcome)
        if (Result<Rows> undone = connection_->query("ROLLBACK TO caller", {}); !undone)
            return fail(std::move(undone.error()));
    Result<Rows> released = connection_->query("RELEASE caller", {});
    if (!released) return fail(std::move(released.error()));
    return {};
}

}  // namespace control
