// The secrets of projects in the store: sealed on the way in, opened only for a role that hands
// them to what it starts. Failure of the store as in database.h.
#pragma once

#include "control/store/database.h"
#include "control/vault/vault.h"

#include <map>

namespace control {

// The vault whose key belongs to this store. A store that nothing was sealed for gets its key at
// its first opening: one that is there, else a fresh one. From then on only that key fits. Failure
// is `fatal`, one sentence that names SECRETS_KEY_FILE and says what to do.
[[nodiscard]] Result<Vault> open_vault(Database& db, const std::string& key_file);

// For project_secrets::put.
[[nodiscard]] std::string seal_secret(const Vault& vault, std::string_view project_id,
                                      std::string_view name, std::string_view value);

// All of a project's, by name. The caller wipes the values when he has used them. One that does not
// open: `fatal`, and the name is told.
[[nodiscard]] Result<std::map<std::string, std::string>> open_secrets(
    Queries& db, const Vault& vault, const std::string& project_id);

}  // namespace control
