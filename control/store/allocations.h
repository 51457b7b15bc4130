// Allocations: which service uses which port of which server.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

namespace control::allocations {

using contracts::Allocation;
using contracts::Timestamp;

// Filters: server_id, project_id. The owner is the project's.
[[nodiscard]] Result<Page<Allocation>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Allocation>> find(Queries& db, const std::string& id,
                                              const Owner& owner = {});
// A port that is in use: `conflict`, field "port".
[[nodiscard]] Result<void> insert(Queries& db, const Allocation& row, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Allocation>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::allocations
