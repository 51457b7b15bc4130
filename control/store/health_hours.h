// Results of the checks of deployments and servers, counted by the hour and kept for a week. The
// share of successful checks follows from them.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>
#include <vector>

namespace control::health_hours {

struct Hour {
    contracts::Timestamp begins{};
    std::int64_t hits = 0;
    std::int64_t misses = 0;
};

// Counts one check.
[[nodiscard]] Result<void> count(Queries& db, const std::string& subject, bool answered,
                                 contracts::Timestamp now);
// Since then, the oldest first. Hours without a check are left out.
[[nodiscard]] Result<std::vector<Hour>> since(Queries& db, const std::string& subject,
                                              contracts::Timestamp from);
// The share of successful checks since then, in thousandths, rounded down: 1000 means all. Empty if
// there was no check.
[[nodiscard]] Result<std::optional<std::int64_t>> uptime(Queries& db, const std::string& subject,
                                                         contracts::Timestamp from);
// Deletes at most `limit` hours that began before then. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit);

}  // namespace control::health_hours
