// Keys for programs. A key is a token (tokens.h) with a row of its own that people see; the text of
// the token is shown once and not stored. A caller that may not see all keys sees those it created.
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/entity_table.h"
#include "control/store/tokens.h"

namespace control::api_keys {

using contracts::ApiKey;
using contracts::Timestamp;

// The precision of last_used_at.
inline constexpr std::chrono::hours kUseNoted{1};

// Filters: name.
[[nodiscard]] Result<Page<ApiKey>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<ApiKey>> find(Queries& db, const std::string& id,
                                          const Owner& owner = {});

// The creator of a key, and the token that it was created with.
struct Maker {
    std::string name;                        // Caller::name
    TokenRole role = TokenRole::bot;         // of the key
    std::optional<std::string> worker_id{};  // the key ends with this worker
    std::optional<std::string> token{};      // prefix of the token that created it
    std::optional<std::string> account{};    // as NewToken has it
};
// Returns the key's text. Its scopes say what it may do; without a user it sees all rows.
[[nodiscard]] Result<std::string> insert(Queries& db, const ApiKey& key, const Maker& maker);
// Writes name, scopes and revoked_at, also to the token, and applies them to the tokens below it.
[[nodiscard]] Result<void> update(Queries& db, const Stored<ApiKey>& key);
// Also erases its token and the tokens below it.
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);
// Records that the key was used now. Does not count as a change of the row.
[[nodiscard]] Result<void> note_use(Queries& db, const std::string& id, Timestamp now);

}  // namespace control::api_keys
