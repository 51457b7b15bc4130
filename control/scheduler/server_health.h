// The health of servers: each managed server in use is checked over ssh. Each problem is one
// incident (server_findings.h), opened when several checks in a row agree and resolved when several
// find it over; counts are in the store, so that another daemon can continue them. A server that
// cannot be reached becomes `unreachable`, and `active` again when it is back. We do not connect to
// a server whose address or provider is in doubt.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "control/provision/server_look.h"
#include "control/scheduler/periodic.h"

namespace control {

struct ServerHealth {
    std::int64_t asked = 0;
    std::int64_t silent = 0;
    std::int64_t opened = 0;    // incidents
    std::int64_t resolved = 0;  // incidents
};

// One round. `check_lead` is called in each transaction that writes, and its failure is the
// round's. Borrows all.
[[nodiscard]] Result<ServerHealth> check_servers(
    Database& db, ServerLooks& looks, const contracts::Clock& clock,
    const std::function<Result<void>(Queries&)>& check_lead, const std::stop_token& stop);

// The periodic task "server_health". Borrows the database and the clock.
[[nodiscard]] PeriodicTask server_health_task(Database& db, std::shared_ptr<ServerLooks> looks,
                                              const contracts::Clock& clock, contracts::Log log,
                                              std::chrono::milliseconds interval);

}  // namespace control
