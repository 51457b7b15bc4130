#include "control/store/connection_pool.h"
#include "control/store/sqlite/committer.h"
#include "control/store/sqlite/migrate.h"
#include "control/store/sqlite/reader.h"

#include <sys/stat.h>
#include <cerrno>

namespace control {

namespace {

constexpr std::size_t kMaxReaders = 8;
constexpr std::int64_t kMaxPagesToRead = 4'096;  // of 4 KiB
constexpr std::size_t kMaxTogether = 1'024;      // limits how long the first of them waits

class SqliteDatabase final : public Database {
public:
    SqliteDatabase(const std::string& path, std::unique_ptr<SqliteConnection> connection)
        : readers_(kMaxReaders, [path] { return SqliteReader::open(path); }),
          committer_(std::move(connection)),
          writer_(kMaxTogether, [this](std::span<TransactionJob> jobs) { commit(jobs); }) {}

    using Database::query;
    Dialect dialect() const override { return Dialect::sqlite; }
    CommitSequence commits() const override { return writer_.commits(); }

    Result<Rows> query(std::string_view sql, std::vector<Value> values) override {
        Result<std::unique_ptr<SqliteReader>> reader = readers_.take();
        if (!reader) return reader.fault();
        Result<Rows> rows = (*reader)->query(sql, values, commits());
        readers_.give_back(std::move(*reader),
                           [this](SqliteReader& one) { one.let_go_unless(commits()); });
        return rows;
    }

    Result<void> transaction(const TransactionWork& work) override { return writer_.run(work); }

    void transaction_async(TransactionWork work, TransactionDone done) override {
        writer_.submit(std::move(work), std::move(done));
    }

private:
    void commit(std::span<TransactionJob> jobs) {
        const CommitSequence begun = writer_.commits();
        readers_.for_idle([begun](SqliteReader& one) { one.let_go_unless(begun); });
        committer_.commit(jobs);
    }

    ConnectionPool<SqliteReader> readers_;
    SqliteCommitter committer_;
    GroupWriter writer_;
};

// A file restored from a backup has the backup's mode, and SQLite gives a new log the mode of its
// database. Changed by name, because closing a descriptor here would drop SQLite's locks.
Result<void> close_to_others(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        const std::string file = path + suffix;
        struct stat there{};
        // Do not change the target of a link: SQLite's files lie beside the target.
        if (::lstat(file.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) continue;
        if ((there.st_mode & 077) == 0) continue;
        if (::chmod(file.c_str(), 0600) == 0 || errno == ENOENT) continue;
        Error error = contracts::system_error(errno, file + " can be read by others: chmod");
        error.kind = ErrorKind::fatal;
        error.next_step = "chmod 600 " + file + " as its owner";
        return fail(std::move(error));
    }
    return {};
}

// A database of moderate size is checked when it is opened; a larger one would delay the start, and
// `orchestratord check` checks it.
Result<void> check_pages(SqliteConnection& connection) {
    Result<Rows> pages = connection.query("PRAGMA page_count", {});
    if (!pages) return pages.fault();
    if (pages->rows.at(0).integer(0) > kMaxPagesToRead) return {};
    Result<Rows> found = connection.query("PRAGMA quick_check(1)", {});
    if (!found) return found.fault();
    if (found->rows.at(0).text(0) == "ok") return {};
    return fail(ErrorKind::fatal, "the database is damaged", {},
                "restore a backup; `orchestratord check` shows what is damaged");
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path) {
    if (Result<void> closed = close_to_others(path); !closed) return closed.fault();
    auto connection = SqliteConnection::open(path, SqliteConnection::Access::read_write);
    if (!connection) return connection.fault();
    if (Result<void> whole = check_pages(**connection); !whole)
        return fail(std::move(whole.error()).context(path));
    if (Result<void> migrated = migrate(**connection, sqlite_migrations()); !migrated)
        return fail(std::move(migrated.error()).context(path));
    return std::make_unique<SqliteDatabase>(path, std::move(*connection));
}

}  // namespace control
