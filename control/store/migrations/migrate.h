// Brings a database's schema to the version of this program, in either dialect.
#pragma once

#include "control/store/database.h"
#include "control/store/migrations/migration.h"

namespace control {

// What a driver provides for a migration.
class SchemaSession {
public:
    virtual ~SchemaSession() = default;
    [[nodiscard]] virtual Result<Rows> query(std::string_view sql,
                                             const std::vector<Value>& values) = 0;
    // Several statements without values.
    [[nodiscard]] virtual Result<void> script(const std::string& sql) = 0;
    // Begins a transaction; only one program at a time is in a migration's transaction.
    [[nodiscard]] virtual Result<void> begin() = 0;
    [[nodiscard]] virtual bool in_transaction() const = 0;
    // Checks that all references have a target, if the database does not check that itself.
    [[nodiscard]] virtual Result<void> check_references() = 0;
};

// Applies missing migrations in the order of their numbers, each in a transaction that also records
// it; programs that start together wait for each other. Fails with `fatal` if the database has a
// migration that is not in `known` (a newer program applied it), or one whose text has changed
// since it was applied.
[[nodiscard]] Result<void> apply_migrations(SchemaSession& session,
                                            std::span<const Migration> known);

// The same without applying anything: checks that all of the database's migrations are in `known`,
// as they were applied.
[[nodiscard]] Result<void> check_migrations(SchemaSession& session,
                                            std::span<const Migration> known);

}  // namespace control
