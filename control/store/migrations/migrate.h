// Brings a database's schema to what this program knows, in whatever dialect.
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
    // Begins a transaction that no other program's migration is in at the same time.
    [[nodiscard]] virtual Result<void> begin() = 0;
    [[nodiscard]] virtual bool in_transaction() const = 0;
    // Whether all references have a target, where the database does not check that by itself.
    [[nodiscard]] virtual Result<void> check_references() = 0;
};

// Applies what is missing in the order of the numbers, each in a transaction that also records it;
// programs that start together wait for each other. Fails with `fatal` when the database has a
// migration that is not among `known` (a newer program made it), or one whose text has changed
// since it was applied.
[[nodiscard]] Result<void> apply_migrations(SchemaSession& session,
                                            std::span<const Migration> known);

// The same without applying anything: whether all that the database has is among `known`, as it was
// applied.
[[nodiscard]] Result<void> check_migrations(SchemaSession& session,
                                            std::span<const Migration> known);

}  // namespace control
