// The secrets of projects in the store: sealed on the way in, opened only for a role that hands
// them to what it starts. Failure of the store as in database.h.
#pragma once

#include "control/store/database.h"
#include "control/vault/vault.h"

#include <map>

namespace control {

// The vault whose key belongs to this store. A store in which nothing was sealed yet gets its key
// when it is first opened: the existing key file, or a new one. From then on only that key fits.
// Failure is `fatal`, one sentence that names SECRETS_KEY_FILE and says what to do.
[[nodiscard]] Result<Vault> open_vault(Database& db, const std::string& key_file);

// For project_secrets::put.
[[nodiscard]] std::string seal_secret(const Vault& vault, std::string_view project_id,
                                      std::string_view name, std::string_view value);

// All secrets of a project, by name. The caller wipes the values after use. A secret that does not
// open: `fatal`, with its name.
[[nodiscard]] Result<std::map<std::string, std::string>> open_secrets(
    Queries& db, const Vault& vault, const std::string& project_id);

}  // namespace control
