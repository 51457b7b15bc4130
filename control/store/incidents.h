// Incidents: what goes wrong on servers.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

namespace control::incidents {

using contracts::Incident;
using contracts::Timestamp;

// Filters: server_id, status, severity. As with servers, whoever may see some sees all.
[[nodiscard]] Result<Page<Incident>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Incident>> find(Queries& db, const std::string& id,
                                            const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const Incident& row);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Incident>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::incidents
