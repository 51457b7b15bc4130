// Models that agents may use.
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/entity_table.h"

namespace control::available_models {

using contracts::AvailableModel;
using contracts::Timestamp;

// Filters: provider, name.
[[nodiscard]] Result<Page<AvailableModel>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<AvailableModel>> find(Queries& db, const std::string& id,
                                                  const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const AvailableModel& row, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<AvailableModel>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

}  // namespace control::available_models
