// Secrets of projects as the store holds them: sealed texts, which only control/vault creates and
// opens. They are erased with their project.
#pragma once

#include "contracts/entities/secrets.h"
#include "control/store/entity_table.h"

#include <map>

namespace control::project_secrets {

using contracts::ProjectSecret;
using contracts::Timestamp;

inline constexpr std::int64_t kMaxPerProject = 256;

// Creates or replaces the secret of this name. No such project, or too many secrets: `conflict`.
[[nodiscard]] Result<void> put(Queries& db, const std::string& project_id, const std::string& name,
                               const std::string& sealed, Timestamp now);
// The newest first; uses the page's `limit` and `cursor`.
[[nodiscard]] Result<Page<ProjectSecret>> list(Queries& db, const std::string& project_id,
                                               const PageRequest& page);
// No such secret: `not_found`.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& project_id,
                                 const std::string& name);
// All of them, by name.
[[nodiscard]] Result<std::map<std::string, std::string>> sealed_of(Queries& db,
                                                                   const std::string& project_id);

// A text that only this store's key opens; written once.
[[nodiscard]] Result<std::optional<std::string>> find_check(Queries& db);
[[nodiscard]] Result<void> put_check(Queries& db, const std::string& sealed);

}  // namespace control::project_secrets
