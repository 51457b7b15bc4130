#include "control/store/postgres/committer.h"

#include "contracts/base/clock.h"
#include "contracts/base/id.h"

namespace control {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL SERIALIZABLE";
constexpr std::string_view kCount =
    "INSERT INTO store_writers (id, number, at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE "
    "SET number = GREATEST(store_writers.number, excluded.number), at = excluded.at";

SteadyTime now() {
    return std::chrono::steady_clock::now();
}

// A statement that fails invalidates PostgreSQL's transaction back to the last savepoint, while the
// port promises to undo only the statement. Few transactions continue after a failure: for those,
// on their second run, each statement gets its own savepoint.
class PostgresTransaction final : public Transaction {
public:
    PostgresTransaction(PostgresConnection& connection, bool is_careful)
        : connection_(connection), is_careful_(is_careful) {}

    using Transaction::query;
    Dialect dialect() const override { return Dialect::postgres; }
    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        if (is_over_) return fail(ErrorKind::transient, "the transaction was rolled back");
        if (is_spoilt_) {
            wants_care_ = true;
            return fail(ErrorKind::transient, "the transaction will be run again");
        }
        if (Result<void> sound = connection_.check(sql, values); !sound) return sound.fault();
        if (is_careful_) connection_.defer("SAVEPOINT statement");
        Result<Rows> rows = connection_.run(sql, std::move(values));
        if (connection_.must_rerun() || connection_.deferred_failed() ||
            !connection_.in_transaction())
            is_over_ = true;
        else if (is_careful_)
            end_statement(rows.has_value());
        else if (!rows)
            is_spoilt_ = true;
        if (is_over_ && !rows) fault_ = rows.error();
        return rows;
    }

    // The whole group is rolled back because of this one.
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] const std::optional<Error>& fault() const { return fault_; }
    // It continued after a statement that failed.
    [[nodiscard]] bool wants_care() const { return wants_care_; }
    [[nodiscard]] bool is_spoilt() const { return is_spoilt_; }

private:
    void end_statement(bool succeeded) {
        if (!succeeded) connection_.defer("ROLLBACK TO SAVEPOINT statement");
        connection_.defer("RELEASE SAVEPOINT statement");
    }

    PostgresConnection& connection_;
    bool is_careful_;
    bool is_over_ = false;
    bool is_spoilt_ = false;
    bool wants_care_ = false;
    std::optional<Error> fault_;
};

}  // namespace

PostgresCommitter::PostgresCommitter(std::string url,
                                     std::unique_ptr<PostgresConnection> connection,
                                     PostgresPatience patience)
    : url_(std::move(url)),
      connection_(std::move(connection)),
      patience_(patience),
      id_(contracts::make_uuid4()) {}

void PostgresCommitter::close() {
    {
        const std::lock_guard lock(mutex_);
        close_at_ = now() + patience_.closing;
    }
    wake_.notify_all();
}

void PostgresCommitter::commit(std::span<TransactionJob> jobs) {
    contracts::Backoff backoff(std::chrono::milliseconds(2), std::chrono::milliseconds(200));
    const SteadyTime until = now() + patience_.reconnect;
    for (int runs = 1; runs <= patience_.reruns; ++runs) {
        if (Result<void> connected = connect(until); !connected)
            return fail_all(jobs, connected.error());
        Ending ending = try_group(jobs);
        if (ending == Ending::unsure) {
            const std::optional<bool> committed = find_out();
            if (!committed)
                return fail_all(
                    jobs, {ErrorKind::timed_out,
                           "the store was closed before the outcome of the commit was known"});
            ending = *committed ? Ending::known : Ending::lost;
        }
        if (ending == Ending::known) return;
        if (ending == Ending::failed) return fail_all(jobs, trouble_);
        // Alone, each one conflicts with fewer others, and fails alone.
        if (jobs.size() > 1 && (ending == Ending::apart || runs > patience_.reruns / 2)) {
            for (TransactionJob& job : jobs)
                commit({&job, 1});
            return;
        }
        if (ending == Ending::apart) return;
        if (runs > 1) rest(backoff.next(contracts::random_number()));
    }
    fail_all(jobs, {ErrorKind::transient,
                    "the transaction was rolled back on every attempt: " + trouble_.message});
}

PostgresCommitter::Ending PostgresCommitter::try_group(std::span<TransactionJob> jobs) {
    connection_->defer(kBegin);
    connection_->defer(kCount,
                       {id_, ++number_, contracts::SystemClock().now().time_since_epoch().count()});
    bool any_succeeded = false;
    for (TransactionJob& job : jobs) {
        if (const Ending ending = run_job(job); ending != Ending::known) {
            connection_->roll_back();
            return ending;
        }
        any_succeeded = any_succeeded || job.outcome;
    }
    if (!any_succeeded) return (connection_->roll_back(), Ending::known);
    return ask_for_commit(jobs);
}

// If it returns `known`, the outcome is set, unless the commit fails.
PostgresCommitter::Ending PostgresCommitter::run_job(TransactionJob& job) {
    for (const bool is_careful : {false, true}) {
        connection_->defer("SAVEPOINT caller");
        PostgresTransaction transaction(*connection_, is_careful);
        job.outcome = run_work(job.work, transaction);
        if (transaction.is_over()) {
            trouble_ = transaction.fault().value_or(
                Error{ErrorKind::fatal, "it ended the transaction it runs in"});
            if (connection_->is_lost()) return Ending::lost;
            if (connection_->must_rerun()) return Ending::rerun;
            if (connection_->deferred_failed()) return Ending::failed;
            job.outcome = fail(trouble_);
            return Ending::apart;
        }
        const bool is_undone = !job.outcome || transaction.is_spoilt();
        if (is_undone) connection_->defer("ROLLBACK TO SAVEPOINT caller");
        connection_->defer("RELEASE SAVEPOINT caller");
        if (!transaction.wants_care() && !(job.outcome && transaction.is_spoilt())) break;
    }
    return Ending::known;
}

PostgresCommitter::Ending PostgresCommitter::ask_for_commit(std::span<TransactionJob> jobs) {
    const Result<Rows> answered = connection_->query("COMMIT", {});
    if (answered && connection_->last_tag() == "COMMIT") return Ending::known;
    trouble_ =
        answered ? Error{ErrorKind::transient, "the server rolled it back"} : answered.error();
    if (connection_->is_lost()) return Ending::unsure;
    const bool must_rerun = connection_->must_rerun();
    connection_->roll_back();
    if (must_rerun) return Ending::rerun;
    for (TransactionJob& job : jobs)
        if (job.outcome) job.outcome = fail(trouble_);
    return Ending::apart;
}

std::optional<bool> PostgresCommitter::find_out() {
    contracts::Backoff backoff(std::chrono::milliseconds(20), std::chrono::milliseconds(1'000));
    while (true) {
        if (connect(SteadyTime::max())) {
            Result<bool> found = look_for_number();
            if (found) return *found;
            trouble_ = std::move(found.error());
        }
        if (is_closing_over()) return std::nullopt;
        rest(backoff.next(contracts::random_number()));
    }
}

Result<bool> PostgresCommitter::look_for_number() {
    // Updated and not just read, so that it waits for the old connection's row even if that is the
    // writer's first.
    Result<Rows> rows = connection_->query(
        "INSERT INTO store_writers (id, number, at) VALUES ($1, 0, $2) "
        "ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING number",
        {id_, contracts::SystemClock().now().time_since_epoch().count()});
    if (!rows) return rows.fault();
    return rows->rows.at(0).integer(0) >= number_;
}

Result<void> PostgresCommitter::connect(SteadyTime until) {
    if (connection_ && !connection_->is_lost()) return {};
    connection_.reset();
    contracts::Backoff backoff(std::chrono::milliseconds(10), std::chrono::milliseconds(500));
    while (true) {
        Result<std::unique_ptr<PostgresConnection>> opened =
            PostgresConnection::open(url_, PostgresConnection::Access::read_write);
        if (opened) {
            connection_ = std::move(*opened);
            return {};
        }
        // Whatever the fault is, the connection worked when we were opened: a person may repair it.
        opened.error().kind = ErrorKind::transient;
        if (now() >= until || is_closing_over()) return opened.fault();
        rest(backoff.next(contracts::random_number()));
    }
}

// Ends early when we are asked to close.
void PostgresCommitter::rest(std::chrono::milliseconds pause) {
    std::unique_lock lock(mutex_);
    const bool was_closing = close_at_.has_value();
    wake_.wait_for(lock, pause, [&] { return close_at_.has_value() != was_closing; });
}

bool PostgresCommitter::is_closing_over() {
    const std::lock_guard lock(mutex_);
    return close_at_ && now() >= *close_at_;
}

void PostgresCommitter::fail_all(std::span<TransactionJob> jobs, const Error& error) {
    for (TransactionJob& job : jobs)
        job.outcome = fail(error);
}

}  // namespace control
