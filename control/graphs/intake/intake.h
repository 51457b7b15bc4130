// Input from the streams, for any graphs: answers of worker managers and workers, commands of
// people, and the modules' own streams.
//
// `handle` returns when the effect of an entry is durable; an error that is not retryable sends the
// entry to the dead letters. Thread: from any thread.
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

    // Carries out people's commands from the store (store/commands.h), the oldest first, each in
    // the transaction that records the outcome: a command that the flow does not accept is refused
    // there. Returns how many.
    [[nodiscard]] Result<std::int64_t> obey_rows();

    // Wakes the flows that wait for a repository about which the forge has reported something
    // (store/forge_deliveries.h). Returns how many reports were handled.
    [[nodiscard]] Result<std::int64_t> hear_forge();

    // Opens the thread that an entry of the module's opening stream requests, if it does not exist.
    // If a task was put back into the queue, its blocked thread continues.
    [[nodiscard]] Result<void> open(const Module& module, const contracts::Entry& entry);

    // Applies changes that were made in the store only: blocked threads whose tasks were put back
    // into the queue continue, and the threads of cancelled tasks are cancelled. Also fails the
    // tasks of threads that the engine blocked. Returns how many.
    [[nodiscard]] Result<std::int64_t> sweep();

private:
    // Gets the current thread, and may leave it unchanged.
    using ThreadChange = std::function<Result<void>(Transaction&, Thread)>;

    // Changes the threads of the tasks that match the SQL condition `which`; returns how many.
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
    // A person's command for a thread, from a stream or a row.
    struct Wish {
        contracts::GraphVerb command{};
        std::string node{};
        std::string said{};
        std::string asked_by{};
    };
    [[nodiscard]] Result<void> carry_out(Queries& db, const Wish& wish, Thread thread);
    [[nodiscard]] Result<void> obey_row(const PersonCommand& command);
    [[nodiscard]] Log log_of_target(const PersonCommand& command);
    [[nodiscard]] Result<void> carry_out(Queries& db, const PersonCommand& command);
    // The thread of a task, of any graph.
    [[nodiscard]] Result<std::optional<Thread>> thread_of(Queries& db, const std::string& task_id);

    Database& db_;
    Engine& engine_;
    const std::vector<Module>& modules_;
    const Clock& clock_;
    Log log_;
};

}  // namespace control::graphs
