// What the streams say to the engineering graph: tasks to start, what workers answered, what people
// want.
//
// `handle` returns when the effect of an entry is durable; an error that is not retryable means
// that the entry belongs on the dead letter stream. Thread: from any thread.
#pragma once

#include "contracts/messages/engineering.h"
#include "contracts/messages/graph_command.h"
#include "contracts/streams/entry.h"
#include "control/graphs/engine/engine.h"

#include <functional>

namespace control::graphs {

class EngineeringIntake {
public:
    // Borrows all.
    EngineeringIntake(Database& db, Engine& engine, const Clock& clock, Log log);

    // The streams that `handle` understands.
    [[nodiscard]] static std::vector<std::string> streams();
    [[nodiscard]] Result<void> handle(const contracts::Entry& entry);

    // Opens the thread of a task, if it has none.
    [[nodiscard]] Result<void> open(const contracts::EngineeringMessage& message);

    // What was said in the store alone: blocked threads whose tasks were put back into the queue go
    // on, those of cancelled tasks are cancelled. Returns how many.
    [[nodiscard]] Result<std::int64_t> sweep();

private:
    // Finds the thread as it is by then, and may leave it so.
    using Move = std::function<Result<void>(Transaction&, Thread)>;

    // Those that `which` says of the rows of threads and tasks; how many it said.
    [[nodiscard]] Result<std::int64_t> move_threads(std::string_view which, const Move& move);
    [[nodiscard]] Result<void> start(Queries& db, const contracts::EngineeringMessage& message);
    [[nodiscard]] Result<void> take_event(const Event& event);
    [[nodiscard]] Result<void> obey(Queries& db, const contracts::GraphCommand& command);
    [[nodiscard]] Result<void> carry_out(Queries& db, const contracts::GraphCommand& command,
                                         Thread thread);

    Database& db_;
    Engine& engine_;
    const Clock& clock_;
    Log log_;
};

}  // namespace control::graphs
