#include "control/store/sqlite/connection.h"

#include "contracts/base/id.h"
#include "contracts/base/unique_fd.h"
#include "control/store/values.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>

namespace control {

namespace {

constexpr std::chrono::milliseconds kLockPatience{5'000};
constexpr std::chrono::duration<int, std::milli> kLockPause{5};
constexpr std::size_t kMaxStatements = 512;
constexpr std::string_view kMakeWritable = "make the file and its directory writable";

ErrorKind kind_of(int code) {
    // The value has another type than the column.
    if (code == SQLITE_CONSTRAINT_DATATYPE) return ErrorKind::invalid;
    switch (code & 0xff) {
        case SQLITE_CONSTRAINT:
            return ErrorKind::conflict;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_INTERRUPT:
        case SQLITE_IOERR:
            return ErrorKind::transient;
        default:
            return ErrorKind::fatal;
    }
}

// What a person can do about the error.
std::string_view next_step_of(int code) {
    switch (code & 0xff) {
        case SQLITE_NOTADB:
            return "move the file away, or restore a backup";
        case SQLITE_CORRUPT:
            return "restore a backup";
        case SQLITE_READONLY:
            return kMakeWritable;
        case SQLITE_FULL:
            return "make room on the disk";
        default:
            return {};
    }
}

// "UNIQUE constraint failed: tasks.id, tasks.kind" → "tasks.id, tasks.kind".
std::string columns_in(std::string_view message) {
    const std::size_t colon = message.rfind(": ");
    return colon == std::string_view::npos ? std::string() : std::string(message.substr(colon + 2));
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return sqlite3_bind_int64(statement, index, *number);
    if (const auto* text = std::get_if<std::string>(&value))
        return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                                   SQLITE_UTF8);
    return sqlite3_bind_null(statement, index);
}

Value column(sqlite3_stmt* statement, int index) {
    switch (sqlite3_column_type(statement, index)) {
        case SQLITE_NULL:
            return std::monostate{};
        case SQLITE_INTEGER:
            return sqlite3_column_int64(statement, index);
        default:
            break;
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, index));
    return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, index)));
}

// Creates an empty file before SQLite creates one that others may read; its companion files get the
// same mode. Closing a descriptor of a file that SQLite has open would drop the locks that the
// whole process holds on it, so the file gets its name while nothing has it open.
Result<void> make_file(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) return {};
    const std::string made = path + "." + contracts::random_hex(8);
    contracts::UniqueFd file(::open(made.c_str(), O_WRONLY | O_CLOEXEC | O_CREAT | O_EXCL, 0600));
    if (!file.valid()) return fail(contracts::system_error(errno, "open the database " + path));
    file.reset();
    const int linked = ::link(made.c_str(), path.c_str()) == 0 ? 0 : errno;
    ::unlink(made.c_str());
    if (linked != 0 && linked != EEXIST)
        return fail(contracts::system_error(linked, "open the database " + path));
    return {};
}

// Releases what a statement holds until it is reset: locks, and views of the caller's values.
struct Reset {
    sqlite3_stmt* statement;
    ~Reset() {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
};

}  // namespace

void SqliteConnection::CloseDatabase::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

void SqliteConnection::CloseStatement::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path,
                                                                 Access access) {
    if (access == Access::read_write)
        if (Result<void> made = make_file(path); !made) return made.fault();
    if (::access(path.c_str(), R_OK | W_OK) != 0) {
        Error error = contracts::system_error(errno, "open the database " + path);
        if (error.kind == ErrorKind::permission) error.next_step = kMakeWritable;
        return fail(std::move(error));
    }

    auto connection = std::unique_ptr<SqliteConnection>(new SqliteConnection);
    sqlite3* database = nullptr;
    const int opened = sqlite3_open_v2(path.c_str(), &database,
                                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    connection->database_.reset(database);
    if (opened != SQLITE_OK)
        return fail(kind_of(opened), "open the database " + path + ": " + sqlite3_errstr(opened));
    if (Result<void> configured = connection->configure(access); !configured)
        return fail(std::move(configured.error()).context("open the database " + path));
    return connection;
}

Result<void> SqliteConnection::configure(Access access) {
    sqlite3_extended_result_codes(database_.get(), 1);
    sqlite3_busy_timeout(database_.get(), static_cast<int>(kLockPatience.count()));
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // Opening for reading must not create a log if there is none: the file may not be a store.
    if (access == Access::read_write)
        if (Result<void> journal = use_write_ahead_log(); !journal) return journal;
    std::string pragmas =
        "PRAGMA synchronous = FULL;"  // a commit is on the disk before it is answered
        "PRAGMA foreign_keys = ON;"
        "PRAGMA journal_size_limit = 67108864;"
        "PRAGMA temp_store = MEMORY;";
    if (access == Access::read_only)
        pragmas += "PRAGMA query_only = ON; PRAGMA cache_size = -1024;";
    return script(pragmas);
}

// SQLite does not wait for a lock if two waiting programs could block each other forever, for
// example when several programs turn a new file into one with a log.
Result<void> SqliteConnection::use_write_ahead_log() {
    const auto patience = std::chrono::steady_clock::now() + kLockPatience;
    Result<void> journal = script("PRAGMA journal_mode = WAL");
    while (!journal && journal.error().kind == ErrorKind::transient &&
           std::chrono::steady_clock::now() < patience) {
        sqlite3_sleep(kLockPause.count());
        journal = script("PRAGMA journal_mode = WAL");
    }
    return journal;
}

Result<Rows> SqliteConnection::query(std::string_view sql, const std::vector<Value>& values) {
    Result<sqlite3_stmt*> statement = prepare(sql);
    if (!statement) return statement.fault();
    const Reset reset{*statement};
    const int wanted = sqlite3_bind_parameter_count(*statement);
    if (static_cast<std::size_t>(wanted) != values.size())
        return fail(ErrorKind::fatal, "the statement takes " + std::to_string(wanted) +
                                          " values and got " + std::to_string(values.size()) +
                                          ": " + std::string(sql));
    if (Result<void> sound = check_values(values); !sound) return sound.fault();
    for (int i = 0; i < wanted; ++i) {
        const int bound = bind(*statement, i + 1, values[static_cast<std::size_t>(i)]);
        if (bound != SQLITE_OK) return fail(last_error(sql));
    }
    Result<Rows> rows = collect(*statement);
    if (!rows && rows.error().message.empty()) return fail(last_error(sql));
    return rows;
}

Result<Rows> SqliteConnection::collect(sqlite3_stmt* statement) {
    Rows rows;
    const int columns = sqlite3_column_count(statement);
    int step = SQLITE_ROW;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        std::vector<Value> values;
        values.reserve(static_cast<std::size_t>(columns));
        for (int i = 0; i < columns; ++i)
            values.push_back(column(statement, i));
        rows.rows.emplace_back(std::move(values));
    }
    if (step != SQLITE_DONE) return fail(Error{});  // the caller knows the statement's text
    if (sqlite3_stmt_readonly(statement) == 0) rows.changed = sqlite3_changes64(database_.get());
    return rows;
}

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view sql) {
    const auto found = statements_.find(sql);
    if (found != statements_.end()) return found->second.get();

    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const int prepared =
        sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, &rest);
    Statement statement(raw);
    if (prepared != SQLITE_OK) return fail(last_error(sql));
    if (!statement || rest != sql.data() + sql.size())
        return fail(ErrorKind::fatal, "not exactly one statement: " + std::string(sql));
    // PostgreSQL counts by the number, SQLite by the first appearance: they agree only in this
    // order.
    for (int i = 1; i <= sqlite3_bind_parameter_count(raw); ++i) {
        const char* name = sqlite3_bind_parameter_name(raw, i);
        if (name == nullptr || "$" + std::to_string(i) != name)
            return fail(ErrorKind::fatal,
                        "values must appear as $1 $2 … in this order: " + std::string(sql));
    }
    // Statements are our own texts, with few variants; a flood of them would be a bug, not a load.
    if (statements_.size() >= kMaxStatements) statements_.clear();
    statements_.emplace(sql, std::move(statement));
    return raw;
}

Result<void> SqliteConnection::script(const std::string& sql) {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return fail(last_error(sql));
    return {};
}

bool SqliteConnection::in_transaction() const {
    return sqlite3_get_autocommit(database_.get()) == 0;
}

bool SqliteConnection::has_dangling_references() const {
    int current = 0;
    int highest = 0;
    sqlite3_db_status(database_.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0);
    return current > 0;
}

Error SqliteConnection::last_error(std::string_view sql) const {
    const int code = sqlite3_extended_errcode(database_.get());
    std::string message = sqlite3_errmsg(database_.get());
    const ErrorKind kind = kind_of(code);
    if (kind == ErrorKind::conflict) {
        std::string columns = columns_in(message);
        const bool not_unique =
            code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
        return Error{
            .kind = kind,
            .message = std::move(message),
            .field = std::move(columns),
            .code = not_unique ? contracts::ErrorCode::not_unique : contracts::ErrorCode::none};
    }
    const std::string_view next_step = next_step_of(code);
    if (kind == ErrorKind::fatal && next_step.empty())
        message.append(": ").append(sql.substr(0, 200));
    return Error{kind, std::move(message), {}, std::string(next_step)};
}

}  // namespace control
