// Servers: where projects run.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

namespace control::servers {

using contracts::Server;
using contracts::Timestamp;

// Filters: status, handle, provider_id. Servers have no owner: a caller with access sees all of
// them.
[[nodiscard]] Result<Page<Server>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Server>> find(Queries& db, const std::string& id,
                                          const Owner& owner = {});
// A handle that exists already: `conflict`, field "handle".
[[nodiscard]] Result<void> insert(Queries& db, const Server& row, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Server>& row);
// A server that others refer to is kept: `conflict`.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::servers
