// What admins are told of the incidents that looks at servers and certificates open and resolve: of
// each kind one notice an hour at most, for all that is new of it by then, with what to do next.
#pragma once

#include "contracts/base/clock.h"
#include "control/store/database.h"

namespace control {

// In the transaction of the looks. Tells what is due; what is over before it was told is not.
[[nodiscard]] Result<void> tell_of_incidents(Queries& db, contracts::Timestamp now);

}  // namespace control
