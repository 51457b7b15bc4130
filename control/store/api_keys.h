// Keys of programs. A key is a token (tokens.h) with a row of its own that people see; the text of
// the token is told once and not kept.
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/entity_table.h"

namespace control::api_keys {

using contracts::ApiKey;
using contracts::Timestamp;

// How exactly last_used_at is kept.
inline constexpr std::chrono::hours kUseNoted{1};

// Filters: name.
[[nodiscard]] Result<Page<ApiKey>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<ApiKey>> find(Queries& db, const std::string& id,
                                          const Owner& owner = {});
// Returns the key's text. It sees all rows, and may what its scopes say.
[[nodiscard]] Result<std::string> insert(Queries& db, const ApiKey& key);
// Name, scopes and revoked_at, of the token too.
[[nodiscard]] Result<void> update(Queries& db, const Stored<ApiKey>& key);
// With its token.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);
// The key was used now. Counts as no change of the row.
[[nodiscard]] Result<void> note_use(Queries& db, const std::string& id, Timestamp now);

}  // namespace control::api_keys
