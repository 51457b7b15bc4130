// A worker for a task: asked for, given its one turn, its output taken, and given back.
//
//     hire  -> event "response:…" -> take_worker -> instruct -> event "output:…" -> take_output
//
// A graph that is cancelled calls `dismiss`; its `late` calls `take_late`, so that a worker that
// comes when nobody waits for it any more goes back at once. Every worker is given back exactly
// once.
#pragma once

#include "contracts/messages/worker.h"
#include "control/graphs/kit/moment.h"
#include "control/graphs/kit/turn_end.h"

namespace control::graphs {

struct WorkerOrder {
    contracts::WorkerConfig config;
    // What the worker manager has to know beyond the task, its project and user, the turn and its
    // memory: "role", "repository", "branch", "workspace_commit".
    std::map<std::string, std::string> context;
    std::chrono::seconds patience{};  // for the answer, the build of an image included
};
// Gives the worker back that the thread may still have, then waits for a new one.
[[nodiscard]] Next hire(const Moment& moment, const TaskPart& task, TurnPart& part,
                        WorkerOrder order);
// Takes the worker that the answer brings. Empty: there is one now; else why there is none.
[[nodiscard]] std::string take_worker(const Moment& moment, TurnPart& part);

struct Instruction {
    std::string prompt;
    std::chrono::seconds timeout{};  // of the turn; TurnPart::turn_seconds goes before it
    std::chrono::seconds overdue{};  // how long the output is waited for beyond that
};
[[nodiscard]] Next instruct(const Moment& moment, const TaskPart& task, TurnPart& part,
                            const Instruction& instruction);
// How long the next turn may take.
[[nodiscard]] std::chrono::seconds turn_time(const TurnPart& part, std::chrono::seconds usual);

struct EndedTurn {
    contracts::DeveloperWorkerOutput output;
    TurnEnd end = TurnEnd::broken;
};
// The output that the event brings, or what stands for it when nothing came. Its usage is counted,
// and the worker is given back. The turn's execution is recorded by the role that ran the worker.
[[nodiscard]] EndedTurn take_output(const Moment& moment, const TaskPart& task, TurnPart& part);

// Whether the same turn is worth another with twice the time (after a timeout) or twice
// `memory_mb` (when memory ran out): once each for a thread, and then `part` has it noted.
[[nodiscard]] bool grant_more(TurnPart& part, TurnEnd end, std::chrono::seconds usual,
                              std::int64_t memory_mb);

// Gives the worker back, if there is one.
void dismiss(const Moment& moment, const RequestPart& request, TurnPart& part);
void take_late(const Moment& moment, const RequestPart& request, TurnPart& part);

// Adds the numbers of `more` to those of `sum`, by name, however deep.
void add_usage(Json& sum, const Json& more);

}  // namespace control::graphs
