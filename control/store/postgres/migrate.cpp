#include "control/store/postgres/migrate.h"

#include "contracts/base/clock.h"
#include "control/store/migrations/migrate.h"

namespace control {

namespace {

// The last commit of each writer (see committer.h). Not part of the schema that both dialects
// share, because SQLite does not need it.
constexpr const char* kWriters =
    "CREATE TABLE IF NOT EXISTS store_writers ("
    "id TEXT COLLATE \"C\" PRIMARY KEY, number BIGINT NOT NULL, at BIGINT NOT NULL)";
constexpr std::chrono::hours kForgetWriterAfter{24 * 7};

class PostgresSession final : public SchemaSession {
public:
    explicit PostgresSession(PostgresConnection& connection) : connection_(connection) {}
    Result<Rows> query(std::string_view sql, const std::vector<Value>& values) override {
        return connection_.query(sql, values);
    }
    Result<void> script(const std::string& sql) override { return connection_.script(sql); }
    Result<void> begin() override {
        Result<void> begun = connection_.script(kBeginMigration);
        if (!begun) connection_.roll_back();
        return begun;
    }
    bool in_transaction() const override { return connection_.in_transaction(); }
    Result<void> check_references() override { return {}; }

private:
    PostgresConnection& connection_;
};

Result<void> tend_writers(PostgresConnection& connection) {
    const auto cutoff = contracts::SystemClock().now() - kForgetWriterAfter;
    if (Result<Rows> there = connection.query("SELECT to_regclass('store_writers') IS NULL", {});
        !there)
        return there.fault();
    else if (there->rows.at(0).integer(0) != 0)
        if (Result<void> made =
                connection.script(std::string(kBeginMigration) + "; " + kWriters + "; COMMIT");
            !made) {
            connection.roll_back();
            return made;
        }
    Result<Rows> forgotten = connection.query("DELETE FROM store_writers WHERE at < $1",
                                              {cutoff.time_since_epoch().count()});
    if (!forgotten) return forgotten.fault();
    return {};
}

}  // namespace

Result<void> migrate(PostgresConnection& connection, std::span<const Migration> known) {
    PostgresSession session(connection);
    if (Result<void> applied = apply_migrations(session, known); !applied) return applied;
    return tend_writers(connection);
}

}  // namespace control
