#include "control/store/sqlite/migrate.h"
#include "control/store/sqlite/writer.h"

namespace control {

namespace {

constexpr std::size_t kMaxReaders = 8;

// Connections for reading, opened when they are first needed.
class Readers {
public:
    explicit Readers(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] Result<std::unique_ptr<SqliteConnection>> take() {
        std::unique_lock lock(mutex_);
        given_back_.wait(lock, [this] { return !idle_.empty() || opened_ < kMaxReaders; });
        if (!idle_.empty()) {
            std::unique_ptr<SqliteConnection> connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        ++opened_;
        lock.unlock();
        auto opened = SqliteConnection::open(path_, SqliteConnection::Access::read_only);
        if (!opened) give_back(nullptr);
        return opened;
    }

    void give_back(std::unique_ptr<SqliteConnection> connection) {
        {
            const std::lock_guard lock(mutex_);
            if (connection)
                idle_.push_back(std::move(connection));
            else
                --opened_;
        }
        given_back_.notify_one();
    }

private:
    std::string path_;
    std::mutex mutex_;
    std::condition_variable given_back_;
    std::vector<std::unique_ptr<SqliteConnection>> idle_;
    std::size_t opened_ = 0;
};

// A caller that waits for its commit. Signalled under the lock: the waiter may be gone right after.
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

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(const std::string& path, std::unique_ptr<SqliteConnection> connection)
        : readers_(path), writer_(std::move(connection)) {}

    using Database::query;

    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        Result<std::unique_ptr<SqliteConnection>> reader = readers_.take();
        if (!reader) return fail(std::move(reader.error()));
        Result<Rows> rows = (*reader)->query(sql, values);
        readers_.give_back(std::move(*reader));
        return rows;
    }

    Result<void> transaction(const std::function<Result<void>(Transaction&)>& work) override {
        if (writer_.is_this_thread())
            return fail(ErrorKind::fatal, "a transaction was asked for inside a transaction");
        Outcome outcome;
        writer_.submit(work, [&](Result<void> committed) { outcome.set(std::move(committed)); });
        return outcome.wait();
    }

    void transaction_async(std::function<Result<void>(Transaction&)> work,
                           std::function<void(Result<void>)> done) override {
        writer_.submit(std::move(work), std::move(done));
    }

private:
    Readers readers_;
    SqliteWriter writer_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Access::read_write);
    if (!connection) return fail(std::move(connection.error()));
    if (Result<void> migrated = migrate(**connection, sqlite_migrations()); !migrated)
        return fail(std::move(migrated.error()).context(path));
    return std::make_unique<SqliteDatabase>(path, std::move(*connection));
}

}  // namespace control
