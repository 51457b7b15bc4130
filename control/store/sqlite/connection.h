// One connection to a SQLite database, with its prepared statements. SQLite's result codes are
// translated here and nowhere else. Thread: one at a time.
#pragma once

#include "control/store/database.h"

#include <functional>
#include <map>
#include <memory>

struct sqlite3;
struct sqlite3_stmt;

namespace control {

class SqliteConnection {
public:
    enum class Access { read_write, read_only };
    // Creates the file (mode 0600) when `access` is read_write.
    [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                                        Access access);

    // One statement with the values of $1 $2 …. It stays prepared for the next call.
    [[nodiscard]] Result<Rows> query(std::string_view sql, const std::vector<Value>& values);
    // Several statements without values.
    [[nodiscard]] Result<void> script(const std::string& sql);

    // SQLite itself ends a transaction if the disk is full or broken.
    [[nodiscard]] bool in_transaction() const;
    // Whether a deferred foreign key has no target now: the commit would fail.
    [[nodiscard]] bool has_dangling_references() const;

private:
    struct CloseDatabase {
        void operator()(sqlite3* database) const;
    };
    struct CloseStatement {
        void operator()(sqlite3_stmt* statement) const;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

    [[nodiscard]] Result<void> configure(Access access);
    [[nodiscard]] Result<void> use_write_ahead_log();
    [[nodiscard]] Result<sqlite3_stmt*> prepare(std::string_view sql);
    [[nodiscard]] Result<Rows> collect(sqlite3_stmt* statement);
    [[nodiscard]] Error last_error(std::string_view sql) const;

    std::unique_ptr<sqlite3, CloseDatabase> database_;
    std::map<std::string, Statement, std::less<>> statements_;
};

}  // namespace control
