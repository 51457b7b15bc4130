// Brings a PostgreSQL database's schema to the version of this program.
#pragma once

#include "control/store/migrations/migration.h"
#include "control/store/postgres/connection.h"

namespace control {

// As apply_migrations (migrations/migrate.h); several daemons wait for each other under an advisory
// lock. Also creates the table of the writers' last commits.
[[nodiscard]] Result<void> migrate(PostgresConnection& connection,
                                   std::span<const Migration> known);

}  // namespace control
