// The engine moves threads along their graphs. Deciding is separate from writing: `advance` runs
// nodes and writes nothing, `commit` writes what they decided — checkpoint, effects, waits, history
// — in the caller's one transaction.
//
// Any process may move any thread. A process that picks one up between transactions holds a lease
// under a fencing number that grows with every claim and every command; a commit under an older
// number changes nothing (Commit::fenced). An event for a thread that is held or paused goes to its
// mailbox, and is handled when the thread waits again. An event that was received before changes
// nothing.
//
// Failure: as of the store; `not_found` and `conflict` for commands that do not apply, with those
// that do. Thread: from any thread; the engine keeps no state between calls.
#pragma once

#include "contracts/base/log.h"
#include "control/graphs/engine/call_filter.h"
#include "control/graphs/engine/graph.h"
#include "control/graphs/engine/handlers.h"
#include "control/store/threads.h"

namespace control::graphs {

using contracts::Clock;
using contracts::Log;

struct EngineSettings {
    std::string instance;  // this daemon's name, the same after a restart
    std::chrono::milliseconds lease{30'000};
    int steps_per_commit = 64;        // consecutive steps without a wait before a commit
    std::int64_t history = 200;       // steps of a thread that are kept
    std::size_t max_state = 1 << 20;  // of a checkpoint, in bytes
    CallFilter calls{};               // the calls that this daemon makes itself
};

// A graph and the writers that its nodes may use.
struct Program {
    Graph graph;
    Writers writers{};
};

enum class Delivery {
    handled,    // the thread has moved
    kept,       // stored in the mailbox
    late,       // the thread had stopped waiting for it; its graph has seen it
    duplicate,  // received before
    unknown,    // no thread ever waited for it
};

// A thread that this daemon may advance.
struct Claim {
    Thread thread;                    // with the fencing number under which it will be written
    std::int64_t stored_fencing = 0;  // the fencing number in its row now
    Event event{};
    bool from_mailbox = false;

    // Enters its current node.
    [[nodiscard]] static Claim entered(Thread thread, std::int64_t stored_fencing) {
        return {std::move(thread), stored_fencing, graphs::entered(), false};
    }
};

// The nodes' decision for a claim.
struct Decision {
    Claim claim;
    Thread after;
    std::vector<Effect> effects;
    std::vector<Write> writes;
    std::vector<ThreadStep> steps;
    std::vector<std::string> waits;
};

enum class Commit {
    written,
    fenced,  // another daemon has moved the thread in the meantime, and nothing was written
};

class Engine {
public:
    Engine(const Clock& clock, Log log, EngineSettings settings, std::vector<Program> programs);

    // Opens a thread and runs its first steps. False: the graph already has a thread for this
    // subject.
    [[nodiscard]] Result<bool> start(Queries& db, std::string_view graph,
                                     const std::string& subject, const Json& state);
    [[nodiscard]] Result<Delivery> deliver(Queries& db, const Event& event);

    // For people's commands: records `key`, so that a command that is delivered twice counts once.
    // False: the key was recorded before.
    [[nodiscard]] Result<bool> first_time(Queries& db, const Thread& thread,
                                          const std::string& key);
    [[nodiscard]] Result<void> cancel(Queries& db, Thread thread, const std::string& reason);
    [[nodiscard]] Result<void> pause(Queries& db, Thread thread);
    [[nodiscard]] Result<void> resume(Queries& db, Thread thread);
    // Enters `node` again (empty: the current one). `body` is the person's message.
    [[nodiscard]] Result<void> retry(Queries& db, Thread thread, const std::string& node,
                                     Json body);

    // Takes leases on threads that are due: running ones, waiting ones with an event or a passed
    // deadline.
    [[nodiscard]] Result<std::vector<Claim>> claim_due(Queries& db, int limit);
    // Pure. At most steps_per_commit steps.
    [[nodiscard]] Decision advance(Claim claim) const;
    // `hold` keeps the lease of a thread that is still running.
    [[nodiscard]] Result<Commit> commit(Queries& db, const Decision& decision, bool hold = false);
    // One bounded pass: claims, advances and commits what is due, many threads in one transaction.
    // Returns the number of steps.
    [[nodiscard]] Result<std::int64_t> run_due(Database& db, int limit = 64);

    // Takes back what an earlier run of this instance held.
    [[nodiscard]] Result<std::int64_t> recover(Queries& db);
    // Stores descriptions of the graphs for readers of the store.
    [[nodiscard]] Result<void> show_graphs(Queries& db) const;

    [[nodiscard]] const std::string& instance() const { return settings_.instance; }
    // Null if there is no such graph.
    [[nodiscard]] const Graph* find(std::string_view graph) const;

private:
    [[nodiscard]] const Program* program(std::string_view graph) const;
    // Runs in the transaction in which the claim was read.
    [[nodiscard]] Result<void> move(Queries& db, Claim claim);
    [[nodiscard]] Result<void> late(Queries& db, Thread thread, const Event& event);
    [[nodiscard]] Result<std::optional<Claim>> claim_waiting(Queries& db, Thread thread);
    [[nodiscard]] Result<void> write_effects(Queries& db, const std::string& thread,
                                             const std::vector<Effect>& effects);
    [[nodiscard]] Result<void> run_writers(Queries& db, std::string_view graph,
                                           const std::vector<Write>& writes);
    [[nodiscard]] Result<void> change(Queries& db, Thread thread, std::int64_t fencing,
                                      const Change& decide, const Event& event,
                                      std::string_view outcome);
    [[nodiscard]] Result<void> write_all(Queries& db, const Decision& decision,
                                         const Thread& after);
    [[nodiscard]] Result<void> write_rest(Queries& db, const Decision& decision);
    [[nodiscard]] Result<void> give_up(Queries& db, const Decision& decision, const Error& error);
    [[nodiscard]] Result<std::int64_t> run_claims(Database& db, std::vector<Claim>& claims,
                                                  bool hold);

    const Clock& clock_;
    Log log_;
    EngineSettings settings_;
    std::vector<Program> programs_;
};

}  // namespace control::graphs
