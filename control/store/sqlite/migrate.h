// Brings a database's schema to the version of this program.
#pragma once

#include "control/store/migrations/migration.h"
#include "control/store/sqlite/connection.h"

namespace control {

// As apply_migrations (migrations/migrate.h).
[[nodiscard]] Result<void> migrate(SqliteConnection& connection, std::span<const Migration> known);

// As check_migrations.
[[nodiscard]] Result<void> check_schema(SqliteConnection& connection,
                                        std::span<const Migration> known);

}  // namespace control
