// Secrets of projects as they lie in the store: sealed texts, which only control/vault makes and
// opens. They go with their project.
#pragma once

#include "contracts/entities/secrets.h"
#include "control/store/entity_table.h"

#include <map>

namespace control::project_secrets {

using contracts::ProjectSecret;
using contracts::Timestamp;

inline constexpr std::int64_t kMaxPerProject = 256;

// Sets the secret, whether or not there is one of this name. No such project, or one secret too
// many: `conflict`.
[[nodiscard]] Result<void> put(Queries& db, const std::string& project_id, const std::string& name,
                               const std::string& sealed, Timestamp now);
// The newest first; `limit` and `cursor` of the page count.
[[nodiscard]] Result<Page<ProjectSecret>> list(Queries& db, const std::string& project_id,
                                               const PageRequest& page);
// Nothing there: `not_found`.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& project_id,
                                 const std::string& name);
// All of them, by name.
[[nodiscard]] Result<std::map<std::string, std::string>> sealed_of(Queries& db,
                                                                   const std::string& project_id);

// What the key of this store opens; written once.
[[nodiscard]] Result<std::optional<std::string>> find_check(Queries& db);
[[nodiscard]] Result<void> put_check(Queries& db, const std::string& sealed);

}  // namespace control::project_secrets
