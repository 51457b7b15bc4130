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
        if (!broken) return fail(std::move(broken.error()));
        if (broken->rows.empty()) return {};
        return fail(ErrorKind::fatal,
                    "it leaves references that point nowhere in " + broken->rows.front().text(0));
    }

private:
    SqliteConnection& connection_;
};

}  // namespace

Result<void> migrate(SqliteConnection& connection, std::span<const Migration> known) {
    // A migration may rebuild a table that others refer to; the references are checked afterwards.
    if (Result<void> off = connection.script("PRAGMA foreign_keys = OFF"); !off) return off;
    SqliteSession session(connection);
    if (Result<void> applied = apply_migrations(session, known); !applied) return applied;
    return connection.script("PRAGMA foreign_keys = ON");
}

Result<void> check_schema(SqliteConnection& connection, std::span<const Migration> known) {
    SqliteSession session(connection);
    return check_migrations(session, known);
}

}  // namespace control
