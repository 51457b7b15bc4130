// Incidents: problems of servers.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

namespace control::incidents {

using contracts::Incident;
using contracts::Timestamp;

// Filters: server_id, status, severity. As with servers, a caller with access sees all of them.
[[nodiscard]] Result<Page<Incident>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Incident>> find(Queries& db, const std::string& id,
                                            const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const Incident& row);
// Opens an incident unless one with its server, type and subject is open: that one gets the new
// description and details. True: it was opened. `row` has a subject; its id, status and time are
// filled in.
[[nodiscard]] Result<bool> open_once(Queries& db, Incident row, Timestamp now);
// Resolves the open incident, if there is one. True: there was.
[[nodiscard]] Result<bool> resolve(Queries& db, const std::optional<std::string>& server_id,
                                   contracts::IncidentType type, const std::string& subject,
                                   Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Incident>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::incidents
