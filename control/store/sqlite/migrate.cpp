#include "control/store/sqlite/migrate.h"

#include "control/store/migrations/migrate.h"

namespace control {

namespace {

class SqliteSession final : public SchemaSession {
public:
    explicit SqliteSession(SqliteConnection& connection) : connection_(connection) {}
    Result<Rows> query(std::string_view sql, const std::vector<Value>& values) override {
        return connection_.query(sql, values);
    }
    Result<void> script(const std::string& sql) override { return connection_.script(sql); }
    Result<void> begin() override { return connection_.script("BEGIN IMMEDIATE"); }
    bool in_transaction() const override { return connection_.in_transaction(); }
    Result<void> check_references() override {
        Result<Rows> broken = connection_.query("PRAGMA foreign_key_check", {});
        if (!broken) return broken.fault();
        if (broken->rows.empty()) return {};
        return fail(ErrorKind::fatal,
                    "it leaves references without a target in " + broken->rows.front().text(0));
    }

private:
    SqliteConnection& connection_;
};

// A file without tables may become a store; a file with tables of another program may not.
enum class Tables { none, ours, others };

Result<Tables> whose_tables(SqliteConnection& connection) {
    Result<Rows> found = connection.query(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE name = 'schema_migrations') FROM sqlite_master",
        {});
    if (!found) return found.fault();
    const Row& counts = found->rows.at(0);
    if (counts.integer(1) > 0) return Tables::ours;
    return counts.integer(0) > 0 ? Tables::others : Tables::none;
}

std::unexpected<Error> not_ours() {
    return fail(ErrorKind::fatal, "the database was not created by this program", {},
                "name the store's own file, or restore a backup");
}

}  // namespace

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> known) {
    const Result<Tables> tables = whose_tables(connection);
    if (!tables) return tables.fault();
    if (*tables == Tables::others) return not_ours();
    // A migration may rebuild a table that others refer to; the references are checked afterwards.
    if (Result<void> off = connection.script("PRAGMA foreign_keys = OFF"); !off) return off;
    SqliteSession session(connection);
    if (Result<void> applied = apply_migrations(session, known); !applied) return applied;
    return connection.script("PRAGMA foreign_keys = ON");
}

Result<void> check_schema(SqliteConnection& connection, std::span<const Migration> known) {
    const Result<Tables> tables = whose_tables(connection);
    if (!tables) return tables.fault();
    if (*tables != Tables::ours) return not_ours();
    SqliteSession session(connection);
    return check_migrations(session, known);
}

}  // namespace control
