// What admins are told when a deployment goes down or comes back: a row of the outbox, in the
// transaction of the look that saw it. Of either kind one an hour at most for each deployment; what
// was held back is told when the hour is over, if it is still so.
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
    std::optional<contracts::Timestamp> told_at{};  // when this kind was last told
};

// Writes the notice and that it was told, where there is something to tell.
[[nodiscard]] Result<void> tell_admins(Queries& db, const HealthNews& news,
                                       contracts::Timestamp now);

}  // namespace control
