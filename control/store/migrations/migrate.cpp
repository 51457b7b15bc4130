#include "control/store/migrations/migrate.h"

#include "contracts/base/clock.h"
#include "contracts/base/sha256.h"

#include <map>

namespace control {

namespace {

constexpr std::string_view kLedger =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, "
    "applied_at BIGINT NOT NULL)";

struct Applied {
    std::string name;
    std::string digest;
};

Result<std::map<int, Applied>> read_ledger(SchemaSession& session) {
    Result<Rows> rows = session.query("SELECT number, name, digest FROM schema_migrations", {});
    if (!rows) return rows.fault();
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
                {}, "start the version that created it, or a newer one");
        if (contracts::sha256_hex(migration->sql) != applied.digest)
            return fail(ErrorKind::fatal,
                        "migration " + applied.name + " differs from the one that was applied", {},
                        "start the version that applied it");
    }
    return {};
}

Result<void> apply(SchemaSession& session, const Migration& migration) {
    if (Result<void> ran = session.script(std::string(migration.sql)); !ran) return ran;
    if (!session.in_transaction())
        return fail(ErrorKind::fatal, "it ends the transaction it runs in");
    if (Result<void> sound = session.check_references(); !sound) return sound;
    const contracts::Timestamp now = contracts::SystemClock().now();
    Result<Rows> recorded = session.query(
        "INSERT INTO schema_migrations (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)",
        {std::int64_t{migration.number}, std::string(migration.name),
         contracts::sha256_hex(migration.sql), now.time_since_epoch().count()});
    if (!recorded) return recorded.fault();
    return {};
}

// Applies the first missing migration; false if there is none.
Result<bool> apply_next(SchemaSession& session, std::span<const Migration> known) {
    if (Result<void> made = session.script(std::string(kLedger)); !made) return made.fault();
    Result<std::map<int, Applied>> ledger = read_ledger(session);
    if (!ledger) return ledger.fault();
    if (Result<void> checked = check_ledger(*ledger, known); !checked) return checked.fault();
    for (const Migration& migration : known) {
        if (ledger->contains(migration.number)) continue;
        if (Result<void> applied = apply(session, migration); !applied)
            return fail(
                std::move(applied.error()).context("migration " + std::string(migration.name)));
        return true;
    }
    return false;
}

}  // namespace

Result<void> apply_migrations(SchemaSession& session, std::span<const Migration> known) {
    for (bool more = true; more;) {
        if (Result<void> begun = session.begin(); !begun) return begun;
        Result<bool> applied = apply_next(session, known);
        Result<void> done = applied ? session.script("COMMIT") : Result<void>(applied.fault());
        if (!done && session.in_transaction()) (void)session.script("ROLLBACK");
        if (!done) return done;
        more = *applied;
    }
    return {};
}

Result<void> check_migrations(SchemaSession& session, std::span<const Migration> known) {
    Result<std::map<int, Applied>> ledger = read_ledger(session);
    if (!ledger) return ledger.fault();
    return check_ledger(*ledger, known);
}

}  // namespace control
