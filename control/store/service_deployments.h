// Service deployments: which project runs on which server.
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

// The path of health checks, "/" until it is set. The counts of checks start again.
[[nodiscard]] Result<void> set_health_path(Queries& db, const std::string& id,
                                           const std::string& path);

}  // namespace control::service_deployments
