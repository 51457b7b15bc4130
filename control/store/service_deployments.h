// Service deployments: what runs where.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/entity_table.h"

namespace control::service_deployments {

using contracts::ServiceDeployment;
using contracts::Timestamp;

// Filters: project_id, server_id, status. The owner is the project's.
[[nodiscard]] Result<Page<ServiceDeployment>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<ServiceDeployment>> find(Queries& db, const std::string& id,
                                                     const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const ServiceDeployment& row, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<ServiceDeployment>& row);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

// What is asked for to see whether it works, "/" until it is set. Looks are counted anew.
[[nodiscard]] Result<void> set_health_path(Queries& db, const std::string& id,
                                           const std::string& path);

}  // namespace control::service_deployments
