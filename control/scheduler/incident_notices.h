// Notices to administrators about incidents that checks of servers and certificates open and
// resolve: at most one an hour of each kind, covering everything new of that kind, with the next
// step.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control {

// Runs in the transaction of the checks. Reports what is due; a problem that is over before its
// report is left out.
[[nodiscard]] Result<void> tell_of_incidents(Queries& db, contracts::Timestamp now);

}  // namespace control
