// Brings a database's schema to what this program knows.
#pragma once

#include "control/store/migrations/migration.h"
#include "control/store/sqlite/connection.h"

namespace control {

// Applies what is missing in the order of the numbers, each in a transaction that also records it;
// programs that start together wait for each other. Fails with `fatal` when the database has a
// migration that is not among `known` (a newer program made it), or one whose text has changed
// since it was applied.
[[nodiscard]] Result<void> migrate(SqliteConnection& connection, std::span<const Migration> known);

}  // namespace control
