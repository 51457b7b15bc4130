#include "control/store/connection_pool.h"
#include "control/store/postgres/committer.h"
#include "control/store/postgres/migrate.h"
#include "control/store/postgres/vectors.h"

#include <thread>

namespace control {

namespace {

constexpr std::size_t kMaxReaders = 4;
// As many subtransactions as the server keeps in memory for concurrent readers.
constexpr std::size_t kMaxTogether = 64;
// For a server that starts together with us.
constexpr std::chrono::seconds kStartPatience{10};
constexpr std::chrono::milliseconds kStartPause{100};

// A connection that was lost earlier is noticed this fast.
constexpr std::chrono::seconds kQuick{1};

using Access = PostgresConnection::Access;

// Whatever the fault is, the connection worked when we were opened: a person may repair it.
Result<std::unique_ptr<PostgresConnection>> open_again(const std::string& url) {
    auto opened = PostgresConnection::open(url, Access::read_only);
    if (!opened) opened.error().kind = ErrorKind::transient;
    return opened;
}

class PostgresDatabase final : public Database {
public:
    PostgresDatabase(const std::string& url, std::unique_ptr<PostgresConnection> connection)
        : readers_(kMaxReaders, [url] { return open_again(url); }),
          committer_(url, std::move(connection)),
          writer_(kMaxTogether,
                  [this](std::span<TransactionJob> jobs) { committer_.commit(jobs); }) {}

    ~PostgresDatabase() override { committer_.close(); }

    using Database::query;
    Dialect dialect() const override { return Dialect::postgres; }
    CommitSequence commits() const override { return writer_.commits(); }

    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        const auto asked = std::chrono::steady_clock::now();
        bool was_lost = false;
        Result<Rows> rows = read(sql, values, was_lost);
        // A server that does not answer is not asked a second time.
        if (!was_lost || std::chrono::steady_clock::now() - asked > kQuick) return rows;
        // The other connections were most likely lost with it: the next one is opened anew.
        readers_.drop_idle();
        return read(sql, values, was_lost);
    }

    Result<void> transaction(const TransactionWork& work) override { return writer_.run(work); }

    void transaction_async(TransactionWork work, TransactionDone done) override {
        writer_.submit(std::move(work), std::move(done));
    }

private:
    Result<Rows> read(std::string_view sql, const std::vector<Value>& values, bool& was_lost) {
        Result<std::unique_ptr<PostgresConnection>> reader = readers_.take();
        if (!reader) return reader.fault();
        Result<Rows> rows = (*reader)->query(sql, values);
        was_lost = (*reader)->is_lost();
        readers_.give_back(was_lost ? nullptr : std::move(*reader));
        return rows;
    }

    ConnectionPool<PostgresConnection> readers_;
    PostgresCommitter committer_;
    GroupWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const std::string& url) {
    const auto until = std::chrono::steady_clock::now() + kStartPatience;
    Result<std::unique_ptr<PostgresConnection>> connection =
        PostgresConnection::open(url, Access::read_write);
    while (!connection && connection.error().kind == ErrorKind::transient &&
           std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(kStartPause);
        connection = PostgresConnection::open(url, Access::read_write);
    }
    if (!connection) return connection.fault();
    if (Result<void> migrated = migrate(**connection, postgres_migrations()); !migrated)
        return fail(std::move(migrated.error()).context("PostgreSQL"));
    if (Result<void> added = add_vectors(**connection); !added)
        return fail(std::move(added.error()).context("PostgreSQL: vectors"));
    return std::make_unique<PostgresDatabase>(url, std::move(*connection));
}

}  // namespace control
