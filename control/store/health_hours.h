// What looks at deployments and servers found, counted by the hour: a week of it is kept, and from
// it comes how large a share of the looks was answered.
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

// Counts one look.
[[nodiscard]] Result<void> count(Queries& db, const std::string& subject, bool answered,
                                 contracts::Timestamp now);
// Since then, the oldest first. An hour without a look is not there.
[[nodiscard]] Result<std::vector<Hour>> since(Queries& db, const std::string& subject,
                                              contracts::Timestamp from);
// The share that was answered since then, in thousandths, rounded down: 1000 means each of them.
// Nothing: there was no look.
[[nodiscard]] Result<std::optional<std::int64_t>> uptime(Queries& db, const std::string& subject,
                                                         contracts::Timestamp from);
// Deletes at most `limit` hours that began before then. Returns how many.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp before, int limit);

}  // namespace control::health_hours
