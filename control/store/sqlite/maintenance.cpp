#include "control/store/maintenance.h"

#include "contracts/base/unique_fd.h"
#include "control/store/sqlite/migrate.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <utility>

namespace control {

namespace {

using contracts::UniqueFd;
using Access = SqliteConnection::Access;

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

Result<void> sync(const std::string& path, int flags) {
    const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd.valid() || ::fsync(fd.get()) != 0)
        return fail(contracts::system_error(errno, "write " + path));
    return {};
}

Result<void> there_is(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) return {};
    return fail(contracts::system_error(errno, "open the database " + path));
}

Result<void> first_answer_is(SqliteConnection& connection, const char* pragma, const char* good) {
    Result<Rows> rows = connection.query(pragma, {});
    if (!rows) return rows.fault();
    if (rows->rows.empty() || rows->rows.front().text(0) == good) return {};
    std::string said = rows->rows.front().text(0);
    std::ranges::replace(said, '\n', ' ');
    return fail(ErrorKind::fatal, "the database is damaged: " + said, {}, "restore a backup");
}

// Only the first fault: after it, SQLite may reach pages at which it gives up without a message.
Result<void> read_through(SqliteConnection& connection) {
    for (const auto& [pragma, good] :
         {std::pair("PRAGMA integrity_check(1)", "ok"), std::pair("PRAGMA foreign_key_check", "")})
        if (Result<void> whole = first_answer_is(connection, pragma, good); !whole) return whole;
    return check_schema(connection, sqlite_migrations());
}

// Checked before anything is written: opening another program's file for writing would change it.
Result<void> check_ours(const std::string& path) {
    auto connection = SqliteConnection::open(path, Access::read_only);
    if (!connection) return connection.fault();
    if (Result<void> ours = check_schema(**connection, sqlite_migrations()); !ours)
        return fail(std::move(ours.error()).context(path));
    return {};
}

Result<void> write_copy(const std::string& path, const std::string& partial) {
    if (Result<void> ours = check_ours(path); !ours) return ours;
    auto connection = SqliteConnection::open(path, Access::read_write);
    if (!connection) return connection.fault();
    // Creates the empty file here, because SQLite would create one that others may read.
    const UniqueFd made(::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made.valid()) return fail(contracts::system_error(errno, "write " + partial));
    Result<Rows> copied = (*connection)->query("VACUUM INTO $1", {partial});
    if (!copied) return copied.fault();
    return sync(partial, O_RDONLY);
}

}  // namespace

Result<void> backup_sqlite(const std::string& path, const std::string& copy) {
    if (Result<void> there = there_is(path); !there) return there;
    if (::access(copy.c_str(), F_OK) == 0)
        return fail(ErrorKind::conflict, copy + " exists already", {}, "name a new file");
    const std::string partial = copy + ".partial";
    (void)::unlink(partial.c_str());
    Result<void> done = write_copy(path, partial);
    if (done && ::link(partial.c_str(), copy.c_str()) != 0)
        done = fail(contracts::system_error(errno, "write " + copy));
    (void)::unlink(partial.c_str());
    if (!done) return done;
    return sync(directory_of(copy), O_RDONLY | O_DIRECTORY);
}

Result<void> check_sqlite(const std::string& path) {
    if (Result<void> there = there_is(path); !there) return there;
    auto connection = SqliteConnection::open(path, Access::read_only);
    if (!connection) {
        // SQLite reads a log only if it can write there; a snapshot of a disk may be permanently
        // read-only.
        if (connection.error().kind == ErrorKind::permission)
            connection.error().next_step += ", or check a copy of it and its -wal elsewhere";
        return connection.fault();
    }
    if (Result<void> whole = read_through(**connection); !whole)
        return fail(std::move(whole.error()).context(path));
    return {};
}

}  // namespace control
