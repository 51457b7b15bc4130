// Flows, as people see them: each is one run of a graph, a row of `threads` (threads.h) with its
// task. This file only reads; the graphs role changes flows.
#pragma once

#include "control/store/entity_table.h"
#include "control/store/threads.h"

namespace control {

struct Flow {
    std::string id;
    std::string graph;
    std::string subject;                    // what it is about: a task's id, a project's, ...
    std::optional<std::string> task_id;     // absent: the subject is not a task
    std::optional<std::string> project_id;  // the task's
    std::string node;
    ThreadStatus status = ThreadStatus::running;
    std::int64_t step = 0;  // steps done
    std::optional<std::string> reason;
    std::optional<Timestamp> wake_at;   // when a daemon looks at it next
    std::optional<Timestamp> deadline;  // when its wait times out
    Timestamp created_at{};
    Timestamp updated_at{};
};
void visit_fields(Flow& flow, contracts::FieldList& fields);

struct FlowDetail : Flow {
    contracts::Json state;               // the checkpoint
    std::vector<std::string> waits_for;  // "output:<request_id>", "called:<effect key>"
    std::string drawing;                 // the graph as Mermaid, the current node marked
};
void visit_fields(FlowDetail& flow, contracts::FieldList& fields);

void visit_fields(ThreadStep& step, contracts::FieldList& fields);

// An effect (a message or a call) that a flow has decided and that is not delivered yet.
struct FlowEffect {
    std::string key;
    std::string kind;    // "publish", "call"
    std::string target;  // the stream, or the name of the call
    std::int64_t attempts = 0;
    Timestamp next_at{};
};
void visit_fields(FlowEffect& effect, contracts::FieldList& fields);

namespace flows {

// Filters: status, graph, subject, task_id, project_id. The owner is the project's.
[[nodiscard]] Result<Page<Flow>> list(Queries& db, const PageRequest& page);
// The version grows with every change.
[[nodiscard]] Result<Stored<Flow>> find(Queries& db, const std::string& id,
                                        const Owner& owner = {});
[[nodiscard]] Result<Stored<FlowDetail>> show(Queries& db, const std::string& id,
                                              const Owner& owner = {});
// In the order in which they were decided.
[[nodiscard]] Result<std::vector<FlowEffect>> undelivered(Queries& db, const std::string& id,
                                                          std::size_t limit);

}  // namespace flows
}  // namespace control
