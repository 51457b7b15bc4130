// The store's port: SQL in, rows out. It has two drivers; statements are written once, in the
// subset that both accept, with $1 $2 … in the order of their first appearance. Entities are small
// files on top of this port.
//
// A transaction's function commits together with the concurrent transactions of other threads; if
// it fails, only its own effects are undone. It behaves as if no other transaction, of this daemon
// or another, ran at the same time. For that it may be rolled back and run again, so it must not
// consume its input, and must set all of its results each time. A statement that fails is undone
// alone. Reads see the last commit, and another daemon's within 100 ms.
//
// Failure: a broken constraint is `conflict` (field: the constraint's columns, "tasks.id"), a value
// that the store or the column cannot hold is `invalid` (text is UTF-8 without U+0000), a full
// disk, a lock that is not released or a server that does not come back is `transient`, a wrong
// statement is `fatal`. After a failure nothing was committed, except after `timed_out`: the
// database was closed before the outcome was known. Thread: any function may be called from any
// thread; the function passed to `transaction` runs on the writer's thread and must not wait for
// anything else.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace control {

using contracts::Error;
using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

// NULL, INTEGER, TEXT. Times are stored as INTEGER milliseconds since 1970 UTC, documents as TEXT.
using Value = std::variant<std::monostate, std::int64_t, std::string>;

class Row {
public:
    explicit Row(std::vector<Value> values) : values_(std::move(values)) {}
    [[nodiscard]] bool is_null(std::size_t column) const;
    [[nodiscard]] std::int64_t integer(std::size_t column) const;     // 0 if NULL
    [[nodiscard]] const std::string& text(std::size_t column) const;  // empty if NULL
    [[nodiscard]] std::optional<std::string> optional_text(std::size_t column) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::size_t column) const;
    [[nodiscard]] std::size_t size() const { return values_.size(); }

private:
    std::vector<Value> values_;
};

struct Rows {
    std::vector<Row> rows;
    std::int64_t changed = 0;  // rows that an INSERT, UPDATE or DELETE changed
};

// For the few statements that must differ, such as full-text searches.
enum class Dialect { sqlite, postgres };

// The common interface of a transaction and the database; entities take this.
class Queries {
public:
    virtual ~Queries() = default;
    [[nodiscard]] virtual Dialect dialect() const = 0;
    [[nodiscard]] virtual Result<Rows> query(std::string_view sql, std::vector<Value> values) = 0;
    [[nodiscard]] Result<Rows> query(std::string_view sql) { return query(sql, {}); }
};

class Transaction : public Queries {
public:
    using Queries::query;
};

// Counts this daemon's groups of transactions: it grows when a group begins and when it has ended,
// so it is odd while one is in progress.
using CommitSequence = std::uint64_t;

class Database : public Queries {
public:
    using Queries::query;
    // Data that was read while this was the same even number reflects the last commit, as far as a
    // read can see it.
    [[nodiscard]] virtual CommitSequence commits() const = 0;
    // Runs and commits `work`, and returns when the commit is durable. `query` on the database
    // itself is for reads.
    [[nodiscard]] virtual Result<void> transaction(
        const std::function<Result<void>(Transaction&)>& work) = 0;
    // The same without waiting: `done` is called on the writer's thread after the commit (or
    // failure).
    virtual void transaction_async(std::function<Result<void>(Transaction&)> work,
                                   std::function<void(Result<void>)> done) = 0;
};

// Opens (and creates) the database at `path` and applies missing migrations in order, each in a
// transaction, under a lock. A schema newer than ours is `fatal`.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path);
// The same with PostgreSQL; `url` is postgresql://…, in any form that libpq accepts. It waits a
// while for a server that is still starting.
[[nodiscard]] Result<std::unique_ptr<Database>> open_postgres(const std::string& url);
[[nodiscard]] constexpr bool is_postgres_url(std::string_view url) {
    return url.starts_with("postgres://") || url.starts_with("postgresql://");
}
// PostgreSQL if there is a URL, else SQLite at `path`.
[[nodiscard]] Result<std::unique_ptr<Database>> open_database(const std::string& url,
                                                              const std::string& path);

}  // namespace control
