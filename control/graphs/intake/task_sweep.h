// Finds queued tasks that nobody picked up. If the creator of a task died before it sent the task's
// message, the sweep sends the message under the task's own request, so that the creator's own
// message, if it still comes, is recognised (see contracts::sent_once). If the message was sent and
// was lost (dead-lettered, trimmed, forged by a neighbour), the task is picked up as if the message
// had been read.
//
// A task of a type without a module waits for the reader of its stream, and one that was created
// without a request is left for its creator to send.
//
// Failure: as of the store and the bus; the next pass continues where this one stopped. If only one
// task fails, it is skipped until the next round. Thread: one at a time, except `interrupt()`.
#pragma once

#include "contracts/base/log.h"
#include "control/bus/bus.h"
#include "control/graphs/module.h"
#include "control/store/tasks.h"

#include <functional>

namespace control::graphs {

class TaskSweep {
public:
    // Opens the thread of a module's task from its message.
    using TakeUp = std::function<Result<void>(const Module&, const contracts::Entry&)>;

    // Borrows the database, the modules and the clock. The modules have passed `check`.
    TaskSweep(Database& db, contracts::RedisAddress redis, const std::vector<Module>& modules,
              TakeUp take_up, const contracts::Clock& clock, contracts::Log log);

    // One bounded pass over tasks that have been queued for longer than `queued_for`; returns how
    // many it handled.
    [[nodiscard]] Result<std::int64_t> run_once(std::chrono::milliseconds queued_for);
    // A pass that waits for the bus stops waiting, and no other begins. From any thread.
    void interrupt() { bus_.interrupt(); }

private:
    // Each type has its own, so that types with long waits do not hold up the others.
    struct Round {
        contracts::TaskType type{};
        std::string stream;              // the stream for messages that open such tasks
        const Module* module = nullptr;  // null: no module takes such tasks
        tasks::Place place{};            // where its next pass begins
    };

    [[nodiscard]] Result<std::int64_t> pass(Round& round, std::chrono::milliseconds queued_for);
    [[nodiscard]] Result<bool> move(const Round& round, const std::string& task_id);
    [[nodiscard]] Result<contracts::Entry> opening(const Round& round, const contracts::Task& task,
                                                   const std::string& request_id);

    Database& db_;
    Bus bus_;
    TakeUp take_up_;
    const contracts::Clock& clock_;
    contracts::Log log_;
    std::vector<Round> rounds_;
};

}  // namespace control::graphs
