// Agents' settings.
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/entity_table.h"

namespace control::agent_configs {

using contracts::AgentConfig;
using contracts::Timestamp;

// Filters: name, type.
[[nodiscard]] Result<Page<AgentConfig>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<AgentConfig>> find(Queries& db, const std::string& id,
                                               const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const AgentConfig& row, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<AgentConfig>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);
// The newest active row of this name and type; empty: there is none.
[[nodiscard]] Result<std::optional<AgentConfig>> find_active(Queries& db, const std::string& name,
                                                             contracts::AgentType type);

}  // namespace control::agent_configs
