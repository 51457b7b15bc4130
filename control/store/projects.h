// Projects: products under construction, with their owner and status.
#pragma once

#include "contracts/entities/entities.h"
#include "control/store/entity_table.h"

#include <span>

namespace control::projects {

using contracts::Project;
using contracts::ProjectStatus;
using contracts::Timestamp;

// Filters: status, name, owner_id.
[[nodiscard]] Result<Page<Project>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<Project>> find(Queries& db, const std::string& id,
                                           const Owner& owner = {});
[[nodiscard]] Result<void> insert(Queries& db, const Project& project, Timestamp now);
// Writes all fields of a row that still has the version; else `conflict`.
[[nodiscard]] Result<void> update(Queries& db, const Stored<Project>& project);
// A project that has tasks is kept: `conflict`.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

[[nodiscard]] std::span<const ProjectStatus> allowed_transitions(ProjectStatus from);
// An impossible transition is `conflict` and names the allowed ones; setting the current status
// changes nothing.
[[nodiscard]] Result<void> set_status(Queries& db, const std::string& id, ProjectStatus status);

}  // namespace control::projects
