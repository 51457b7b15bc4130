// Brings a PostgreSQL database's schema to the version of this program.
#pragma once

#include "control/store/migrations/migration.h"
#include "control/store/postgres/connection.h"

namespace control {

// Begins a transaction that changes the schema, alone among all daemons. The number is arbitrary; a
// clash with another program's would only make somebody wait. Such a transaction may take longer
// than a daemon's usual statements.
inline constexpr const char* kBeginMigration =
    "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '300s'; "
    "SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SELECT pg_advisory_xact_lock(7310868735422362977)";

// As apply_migrations (migrations/migrate.h); several daemons wait for each other under an advisory
// lock. Also creates the table of the writers' last commits.
[[nodiscard]] Result<void> migrate(PostgresConnection& connection,
                                   std::span<const Migration> known);

}  // namespace control
