// Workers as the API shows them: where each stands, what it is for, and how it ended. What may be
// secret in a worker's configuration (its environment, its instructions) is not shown.
#pragma once

#include "control/store/worker_life.h"

namespace control {

struct WorkerEntry {
    std::string id;
    std::string name;
    contracts::WorkerType type = contracts::WorkerType::developer;
    contracts::AgentType agent_type = contracts::AgentType::claude;
    WorkerPhase state = WorkerPhase::queued;
    contracts::WorkerState status = contracts::WorkerState::queued;  // in the contract's words
    std::optional<contracts::Timestamp> paused_at;
    std::optional<EndCause> cause;  // why it ended
    std::optional<std::string> error;
    std::optional<std::int64_t> exit_code;
    std::string request_id;  // of its creation
    std::optional<std::string> task_id;
    std::optional<std::string> project_id;
    std::optional<std::string> user_id;
    std::optional<std::string> branch;
    std::optional<std::string> owner;        // the daemon that has it
    std::optional<std::string> instance_id;  // the runtime's name for it
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> ended_at;
    std::optional<contracts::Json> receipt;  // how its last turn ended; not in lists
    std::optional<std::string> last_output;  // of one that has ended; not in lists
};
void visit_fields(WorkerEntry& worker, contracts::FieldList& fields);

struct WorkerResource {
    using Entity = WorkerEntry;
    [[nodiscard]] static Result<Page<Entity>> list(Queries& db, const PageRequest& page);
    [[nodiscard]] static Result<Stored<Entity>> find(Queries& db, const std::string& id,
                                                     const Owner& owner);
};

}  // namespace control
