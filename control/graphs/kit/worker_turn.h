// A worker for a task: requested, given its one turn, its output read, and returned.
//
//     hire  -> event "response:…" -> take_worker -> instruct -> event "output:…" -> take_output
//
// A graph that is cancelled calls `dismiss`; its `late` calls `take_late`, so that a worker that
// arrives too late is returned at once. Every worker is returned exactly once.
#pragma once

#include "contracts/messages/worker.h"
#include "control/graphs/kit/moment.h"
#include "control/graphs/kit/turn_end.h"

namespace control::graphs {

struct WorkerOrder {
    contracts::WorkerConfig config;
    // What the worker manager has to know apart from the task, its project and user, the turn and
    // its memory: "role", "repository", "branch", "workspace_commit".
    std::map<std::string, std::string> context;
    std::chrono::seconds patience{};  // for the answer, including the build of an image
};
// Returns the thread's current worker, if any, then waits for a new one.
[[nodiscard]] Next hire(const Moment& moment, const TaskPart& task, TurnPart& part,
                        WorkerOrder order);
// Takes the worker in the answer. Returns an empty text on success, otherwise the reason why there
// is none.
[[nodiscard]] std::string take_worker(const Moment& moment, TurnPart& part);

struct Instruction {
    std::string prompt;
    std::chrono::seconds timeout{};  // of the turn, unless TurnPart::turn_seconds is set
    std::chrono::seconds overdue{};  // how long to wait for the output beyond that
};
[[nodiscard]] Next instruct(const Moment& moment, const TaskPart& task, TurnPart& part,
                            const Instruction& instruction);
// The time limit of the next turn.
[[nodiscard]] std::chrono::seconds turn_time(const TurnPart& part, std::chrono::seconds usual);

struct EndedTurn {
    contracts::DeveloperWorkerOutput output;
    TurnEnd end = TurnEnd::broken;
};
// The output in the event, or a replacement if there was none. Its usage is counted, and the worker
// is returned. The role that ran the worker records the turn's execution.
[[nodiscard]] EndedTurn take_output(const Moment& moment, const TaskPart& task, TurnPart& part);

// Whether to repeat the same turn with twice the time (after a timeout) or twice `memory_mb` (after
// running out of memory): once each per thread, recorded in `part`.
[[nodiscard]] bool grant_more(TurnPart& part, TurnEnd end, std::chrono::seconds usual,
                              std::int64_t memory_mb);

// Returns the worker, if there is one.
void dismiss(const Moment& moment, const RequestPart& request, TurnPart& part);
void take_late(const Moment& moment, const RequestPart& request, TurnPart& part);

// Adds the numbers of `more` to those of `sum`, by name, at any depth.
void add_usage(Json& sum, const Json& more);

}  // namespace control::graphs
