// Sends the messages of provisioning requests to provisioner:queue, each in the transaction that
// records it as sent, so that none is lost and none is sent twice.
#pragma once

#include "contracts/base/clock.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

namespace control {

// The periodic task "provisioner_trigger". Borrows both.
[[nodiscard]] PeriodicTask provisioner_trigger_task(Database& db, const contracts::Clock& clock,
                                                    std::chrono::milliseconds interval);

}  // namespace control
