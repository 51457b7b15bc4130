// The drivers that the store's suite runs against: each opens an empty database and can reopen
// it.
#pragma once

#include "control/store/database.h"
#include "control/store/migrations/migration.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"

#include <stdexcept>

namespace control {

[[nodiscard]] inline std::unique_ptr<Database> opened(Result<std::unique_ptr<Database>> database) {
    if (!database) throw std::runtime_error(database.error().describe());
    return std::move(*database);
}

class SqliteDriver {
public:
    [[nodiscard]] std::unique_ptr<Database> open() const { return opened(open_sqlite(path())); }
    [[nodiscard]] std::string path() const { return directory_ / "orchestrator.db"; }
    [[nodiscard]] static std::span<const Migration> migrations() { return sqlite_migrations(); }

private:
    tests::TemporaryDirectory directory_;
};

class PostgresDriver {
public:
    [[nodiscard]] std::unique_ptr<Database> open() const { return opened(open_postgres(url_)); }
    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] static std::span<const Migration> migrations() { return postgres_migrations(); }

private:
    std::string url_ = tests::shared_postgres().make_schema();
};

// Every driver of the port, for TEMPLATE_TEST_CASE.
#define STORE_DRIVERS SqliteDriver, PostgresDriver

}  // namespace control
