// Sends the messages of tasks whose maker died between the task and its message. It goes out under
// the task's own request, so that it and the maker's, should he come back, are there once (see
// contracts::sent_once). What was sent long ago and is still waited for is asked after again and
// left alone.
//
// Failure: as the store's and the bus'; the next pass goes on where this one stopped. Thread: one
// at a time, except `interrupt()`.
#pragma once

#include "contracts/base/log.h"
#include "control/bus/bus.h"
#include "control/store/tasks.h"

namespace control::graphs {

class TaskSweep {
public:
    // Borrows the database and the clock.
    TaskSweep(Database& db, contracts::RedisAddress redis, const contracts::Clock& clock,
              contracts::Log log);

    // One bounded pass over the tasks that nobody took up within `queued_for`; how many messages
    // went out.
    [[nodiscard]] Result<std::int64_t> run_once(std::chrono::milliseconds queued_for);
    // A pass that waits for the bus stops waiting, and no other begins. From any thread.
    void interrupt() { bus_.interrupt(); }

private:
    [[nodiscard]] Result<bool> send(const contracts::Task& task);

    Database& db_;
    Bus bus_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    tasks::Place place_{};  // where the next pass begins
};

}  // namespace control::graphs
