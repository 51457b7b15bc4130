#include "control/store/sqlite/migrate.h"

#include "contracts/base/clock.h"
#include "contracts/base/sha256.h"

#include <map>

namespace control {

namespace {

constexpr std::string_view kLedger =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL,"
    "applied_at INTEGER NOT NULL)";

struct Applied {
    std::string name;
    std::string digest;
};

Result<std::map<int, Applied>> read_ledger(SqliteConnection& connection) {
    Result<Rows> rows = connection.query("SELECT number, name, digest FROM schema_migrations", {});
    if (!rows) return fail(std::move(rows.error()));
    std::map<int, Applied> ledger;
    for (const Row& row : rows->rows)
        ledger.emplace(static_cast<int>(row.integer(0)), Applied{row.text(1), row.text(2)});
    return ledger;
}

Result<void> check_ledger(const std::map<int, Applied>& ledger, std::span<const Migration> known) {
    for (const auto& [number, applied] : ledger) {
        const Migration* migration = nullptr;
        for (const Migration& each : known)
            if (each.number == number) migration = &each;
        if (migration == nullptr)
            return fail(
                ErrorKind::fatal,
                "the database has migration " + applied.name + ", which this version does not know",
                {}, "start the version that made it, or a newer one");
        if (contracts::sha256_hex(migration->sql) != applied.digest)
            return fail(ErrorKind::fatal,
                        "migration " + applied.name + " is not the one that was applied", {},
                        "start the version that applied it");
    }
    return {};
}

Result<void> apply(SqliteConnection& connection, const Migration& migration) {
    if (Result<void> ran = connection.script(std::string(migration.sql)); !ran) return ran;
    if (!connection.in_transaction())
        return fail(ErrorKind::fatal, "it ends the transaction it runs in");
    Result<Rows> broken = connection.query("PRAGMA foreign_key_check", {});
    if (!broken) return fail(std::move(broken.error()));
    if (!broken->rows.empty())
        return fail(ErrorKind::fatal,
                    "it leaves references that point nowhere in " + broken->rows.front().text(0));
    const contracts::Timestamp now = contracts::SystemClock().now();
    Result<Rows> recorded = connection.query(
        "INSERT INTO schema_migrations (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
        {std::int64_t{migration.number}, std::string(migration.name),
         contracts::sha256_hex(migration.sql), now.time_since_epoch().count()});
    if (!recorded) return fail(std::move(recorded.error()));
    return {};
}

// The first migration that is missing, under the write lock; false when there is none.
Result<bool> apply_next(SqliteConnection& connection, std::span<const Migration> known) {
    Result<std::map<int, Applied>> ledger = read_ledger(connection);
    if (!ledger) return fail(std::move(ledger.error()));
    if (Result<void> checked = check_ledger(*ledger, known); !checked)
        return fail(std::move(checked.error()));
    for (const Migration& migration : known) {
        if (ledger->contains(migration.number)) continue;
        if (Result<void> applied = apply(connection, migration); !applied)
            return fail(
                std::move(applied.error()).context("migration " + std::string(migration.name)));
        return true;
    }
    return false;
}

}  // namespace

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> known) {
    // A migration may rebuild a table that others refer to; apply() checks the references
    // afterwards.
    Result<void> done = connection.script("PRAGMA foreign_keys = OFF");
    if (done) done = connection.script(std::string(kLedger));
    bool more = true;
    while (done && more) {
        done = connection.script("BEGIN IMMEDIATE");
        if (!done) break;
        Result<bool> applied = apply_next(connection, known);
        if (applied) {
            more = *applied;
            done = connection.script("COMMIT");
        } else {
            done = fail(std::move(applied.error()));
        }
        if (!done && connection.in_transaction()) (void)connection.script("ROLLBACK");
    }
    if (!done) return done;
    return connection.script("PRAGMA foreign_keys = ON");
}

}  // namespace control
