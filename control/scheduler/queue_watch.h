// Shows people the queues of the bus: how long each is, what is given out and not acknowledged,
// what nobody has picked up yet, and what has failed with its reason. Carries out administrators'
// orders: a dead letter is sent once more, or dropped. It is removed in the transaction that sends
// it, so it is sent once however often a daemon dies, and if two of them carry out the same order.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "contracts/streams/connection.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

#include <memory>

namespace control {

class Bus;

struct QueueLook {
    std::int64_t queues = 0;
    std::int64_t dead = 0;
    std::int64_t carried_out = 0;  // orders
};

// One round. `check_lead` is called in each transaction that writes, and its failure is the
// round's.
[[nodiscard]] Result<QueueLook> look_at_queues(
    Database& db, contracts::Connection& connection, const contracts::Clock& clock,
    const std::function<Result<void>(Queries&)>& check_lead);

// The periodic task "queues". Borrows database and clock.
[[nodiscard]] PeriodicTask queues_task(Database& db, std::shared_ptr<Bus> bus,
                                       const contracts::Clock& clock, contracts::Log log,
                                       std::chrono::milliseconds interval);

}  // namespace control
