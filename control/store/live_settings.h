// Settings that somebody changed while the daemon ran, and who did. Which ones may be changed, and
// to what, is known to control/settings/live.h.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>
#include <vector>

namespace control::live_settings {

struct Change {
    std::string name;
    std::optional<std::string> value;  // empty: the environment's counts again
    std::string changed_by;            // "token 0a1b…", "local"
    contracts::Timestamp changed_at{};
};

// The last change of each that is not the environment's.
[[nodiscard]] Result<std::vector<Change>> all(Queries& db);
[[nodiscard]] Result<void> set(Queries& db, const Change& change);
// The newest first.
[[nodiscard]] Result<std::vector<Change>> changes(Queries& db, std::size_t limit);
// Forgets at most `limit` changes from before then; what is set stays. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit);

}  // namespace control::live_settings
