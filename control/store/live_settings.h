// Settings that somebody changed while the daemon ran, with their authors. control/settings/live.h
// knows which settings may be changed, and to what.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>
#include <vector>

namespace control::live_settings {

struct Change {
    std::string name;
    std::optional<std::string> value;  // empty: back to the environment's value
    std::string changed_by;            // "token 0a1b…", "local"
    contracts::Timestamp changed_at{};
};

// The last change of each setting whose value is not the environment's.
[[nodiscard]] Result<std::vector<Change>> all(Queries& db);
[[nodiscard]] Result<void> set(Queries& db, const Change& change);
// The newest first.
[[nodiscard]] Result<std::vector<Change>> changes(Queries& db, std::size_t limit);
// Erases at most `limit` changes from before then; current values stay. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit);

}  // namespace control::live_settings
