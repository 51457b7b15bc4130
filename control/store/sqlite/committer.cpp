#include "control/store/sqlite/committer.h"

namespace control {

namespace {

class SqliteTransaction final : public Transaction {
public:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(connection) {}
    using Transaction::query;
    Dialect dialect() const override { return Dialect::sqlite; }
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        // After the transaction was lost, its statements must not continue alone, each committing
        // by itself.
        if (!connection_.in_transaction())
            return fail(ErrorKind::transient, "the transaction was rolled back");
        return connection_.query(sql, values);
    }

private:
    SqliteConnection& connection_;
};

Result<void> call(const TransactionWork& work, SqliteConnection& connection) {
    SqliteTransaction transaction(connection);
    Result<void> outcome = run_work(work, transaction);
    if (outcome && !connection.in_transaction())
        return fail(ErrorKind::transient, "the transaction was rolled back");
    if (outcome && connection.has_dangling_references())
        return fail(ErrorKind::conflict, "FOREIGN KEY constraint failed");
    return outcome;
}

}  // namespace

void SqliteCommitter::commit(std::span<TransactionJob> jobs) {
    Result<void> committed = connection_->script("BEGIN IMMEDIATE");
    if (committed) committed = run_jobs(jobs);
    if (connection_->in_transaction()) {
        if (committed) committed = connection_->script("COMMIT");
        if (!committed && connection_->in_transaction()) (void)connection_->script("ROLLBACK");
    }
    if (committed) return;
    for (TransactionJob& job : jobs)
        if (job.outcome) job.outcome = committed.fault();
}

// Fails if the whole transaction is lost.
Result<void> SqliteCommitter::run_jobs(std::span<TransactionJob> jobs) {
    if (jobs.size() == 1) return run_alone(jobs.front());
    for (TransactionJob& job : jobs)
        if (Result<void> kept = run_in_savepoint(job); !kept) return kept;
    return {};
}

Result<void> SqliteCommitter::run_alone(TransactionJob& job) {
    job.outcome = call(job.work, *connection_);
    if (!job.outcome) return job.outcome.fault();
    return {};
}

Result<void> SqliteCommitter::run_in_savepoint(TransactionJob& job) {
    Result<Rows> marked = connection_->query("SAVEPOINT caller", {});
    if (!marked) return marked.fault();
    job.outcome = call(job.work, *connection_);
    if (!connection_->in_transaction())
        return fail(ErrorKind::transient, "the transaction was rolled back: " +
                                              (job.outcome ? "" : job.outcome.error().message));
    if (!job.outcome)
        if (Result<Rows> undone = connection_->query("ROLLBACK TO caller", {}); !undone)
            return undone.fault();
    Result<Rows> released = connection_->query("RELEASE caller", {});
    if (!released) return released.fault();
    return {};
}

}  // namespace control
