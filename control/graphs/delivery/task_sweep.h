// Queued tasks that nobody took up. Whose maker died between the task and its message has it sent,
// under the task's own request: it and the maker's, should he come back, are there once (see
// contracts::sent_once). Where the message was sent and went astray (dead-lettered, trimmed,
// forged by a neighbour), an engineering task is taken up as if it had been read; a deployment's is
// waited for by whoever reads its queue, and one that was made without a request is its maker's to
// send.
//
// Failure: as the store's and the bus'; the next pass goes on where this one stopped. A task that
// fails by itself is passed over until the next round. Thread: one at a time, except `interrupt()`.
#pragma once

#include "contracts/base/log.h"
#include "contracts/messages/engineering.h"
#include "control/bus/bus.h"
#include "control/store/tasks.h"

#include <array>
#include <functional>

namespace control::graphs {

class TaskSweep {
public:
    using TakeUp = std::function<Result<void>(const contracts::EngineeringMessage&)>;

    // Borrows the database and the clock.
    TaskSweep(Database& db, contracts::RedisAddress redis, TakeUp take_up,
              const contracts::Clock& clock, contracts::Log log);

    // One bounded pass over what has been queued for longer than `queued_for`; how many tasks it
    // moved.
    [[nodiscard]] Result<std::int64_t> run_once(std::chrono::milliseconds queued_for);
    // A pass that waits for the bus stops waiting, and no other begins. From any thread.
    void interrupt() { bus_.interrupt(); }

private:
    // Each type has its own: those that wait for long do not hold up the others.
    struct Round {
        contracts::TaskType type;
        tasks::Place place{};  // where its next pass begins
    };

    [[nodiscard]] Result<std::int64_t> pass(Round& round, std::chrono::milliseconds queued_for);
    [[nodiscard]] Result<bool> move(const std::string& task_id);

    Database& db_;
    Bus bus_;
    TakeUp take_up_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::array<Round, 2> rounds_{
        {{contracts::TaskType::engineering}, {contracts::TaskType::deploy}}};
};

}  // namespace control::graphs
