// What comes in from the streams, for whatever graphs there are: what worker managers and workers
// answer, what people command, and what the modules' own streams say.
//
// `handle` returns when the effect of an entry is durable; an error that is not retryable means
// that the entry belongs on the dead letter stream. Thread: from any thread.
#pragma once

#include "contracts/messages/graph_command.h"
#include "control/graphs/engine/engine.h"
#include "control/graphs/module.h"
#include "control/store/commands.h"

#include <functional>
#include <map>

namespace control::graphs {

class Intake {
public:
    // Borrows all. The modules have passed `check`.
    Intake(Database& db, Engine& engine, const std::vector<Module>& modules, const Clock& clock,
           Log log);

    // The streams that `handle` understands, by the group that reads them and in the order in which
    // they are read: commands before answers, answers before new work.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> streams() const;
    [[nodiscard]] Result<void> handle(const contracts::Entry& entry);

    // Carries out the commands that people gave as rows (store/commands.h), the oldest first, each
    // in the transaction that says how it went: one that the flow does not take is refused there.
    // Returns how many.
    [[nodiscard]] Result<std::int64_t> obey_rows();

    // Opens the thread that an entry of the module's opening stream asks for, if there is none. The
    // blocked thread of a task that was put back into the queue goes on.
    [[nodiscard]] Result<void> open(const Module& module, const contracts::Entry& entry);

    // What was changed in the store alone: blocked threads whose tasks were put back into the queue
    // go on, and the threads of cancelled tasks are cancelled. And the tasks of threads that the
    // engine blocked fail. Returns how many.
    [[nodiscard]] Result<std::int64_t> sweep();

private:
    // Gets the thread as it is by then, and may leave it so.
    using ThreadChange = std::function<Result<void>(Transaction&, Thread)>;

    // Changes the threads of tasks that `which` describes in words of SQL; returns how many.
    [[nodiscard]] Result<std::int64_t> change_threads(std::string_view which,
                                                      const ThreadChange& change);
    [[nodiscard]] Result<std::int64_t> change_threads(const std::string& graph,
                                                      std::string_view which,
                                                      const ThreadChange& change);
    [[nodiscard]] Result<std::int64_t> fail_blocked();
    [[nodiscard]] Result<void> fail_task(Queries& db, const Thread& thread);
    [[nodiscard]] Result<void> open(Queries& db, const Module& module,
                                    const contracts::Entry& entry);
    [[nodiscard]] Result<void> go_on(Queries& db, const Module& module, const std::string& task_id);
    [[nodiscard]] Result<void> take_event(const Event& event);
    [[nodiscard]] Result<void> obey(Queries& db, const contracts::GraphCommand& command);
    [[nodiscard]] Result<void> obey_unopened(Queries& db, const contracts::GraphCommand& command);
    // What a person wants of a thread, however it came.
    struct Wish {
        contracts::GraphVerb command{};
        std::string node{};
        std::string said{};
        std::string asked_by{};
    };
    [[nodiscard]] Result<void> carry_out(Queries& db, const Wish& wish, Thread thread);
    [[nodiscard]] Result<void> obey_row(const PersonCommand& command);
    [[nodiscard]] Result<void> carry_out(Queries& db, const PersonCommand& command);
    // The thread of a task, whatever its graph.
    [[nodiscard]] Result<std::optional<Thread>> thread_of(Queries& db, const std::string& task_id);

    Database& db_;
    Engine& engine_;
    const std::vector<Module>& modules_;
    const Clock& clock_;
    Log log_;
};

}  // namespace control::graphs
