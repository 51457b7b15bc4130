// Notices to administrators that a deployment went down or came back: a row of the outbox, in the
// transaction of the check that found it. Each kind is sent at most once an hour per deployment;
// one that was held back is sent after that hour if it still applies.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

#include <optional>
#include <string>

namespace control {

struct HealthNews {
    std::string deployment_id;
    std::string project_id;
    std::string project_name;
    std::string server_id;
    std::string url;
    bool is_up = true;
    std::string reason{};                           // why it is down
    std::string told;                               // "down", "up", or nothing yet
    std::optional<contracts::Timestamp> told_at{};  // when this kind was last reported
};

// Writes the notice and records it, if there is something to report.
[[nodiscard]] Result<void> tell_admins(Queries& db, const HealthNews& news,
                                       contracts::Timestamp now);

}  // namespace control
