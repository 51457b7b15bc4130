// What a forge reported about its repositories. A report is never believed: it only makes flows
// look at the forge at once that would look later. Functions over Queries.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <vector>

namespace control {

struct ForgeDelivery {
    std::string id;          // the forge's; a repeated delivery has the same
    std::string repository;  // "owner/name"
    std::string event;       // "check_run"
    contracts::Timestamp created_at{};
};

namespace forge_deliveries {

// The waits of flows that look at a forge from time to time begin with this word (ThreadWait::key).
inline constexpr std::string_view kLook = "look";

// False: it was received before, and nothing was written.
[[nodiscard]] Result<bool> receive(Queries& db, const ForgeDelivery& delivery);
// Those that flows have not heard of, the oldest first.
[[nodiscard]] Result<std::vector<ForgeDelivery>> unheard(Queries& db, int limit);
[[nodiscard]] Result<void> mark_heard(Queries& db, const std::string& id);
// The active waits of flows of projects in this repository: "look:…".
[[nodiscard]] Result<std::vector<std::string>> looks(Queries& db, const std::string& repository);
// Erases at most `limit` that are older. Until then a repeated delivery is recognised.
[[nodiscard]] Result<std::int64_t> prune(Queries& db, contracts::Timestamp older, int limit);

}  // namespace forge_deliveries
}  // namespace control
