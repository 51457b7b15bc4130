// How many checks of a server in a row found a property of it bad, or good.
#pragma once

#include "contracts/entities/inventory.h"
#include "control/store/database.h"

namespace control::server_checks {

struct Streak {
    std::int64_t bad = 0;
    std::int64_t good = 0;
};

// Counts one more check; the opposite count starts again.
[[nodiscard]] Result<Streak> count(Queries& db, const std::string& server_id,
                                   contracts::IncidentType type, const std::string& subject,
                                   bool is_bad);

}  // namespace control::server_checks
