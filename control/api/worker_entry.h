// Workers as the API shows them: their state, their purpose, and how they ended. The parts of a
// worker's configuration that may be secret (its environment, its instructions) are not shown.
#pragma once

#include "control/api/exchange.h"
#include "control/store/transcripts.h"
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
    std::optional<std::string> owner;        // the daemon that runs it
    std::optional<std::string> instance_id;  // the runtime's name for this instance
    contracts::Timestamp created_at{};
    std::optional<contracts::Timestamp> ended_at;
    std::optional<contracts::Json> receipt;  // the receipt of its last turn; not in lists
    std::optional<std::string> last_output;  // set once it has ended; not in lists
    // Hosts that it was not allowed to reach, the latest first: host, port, reason, count, last_at.
    // Not in lists; absent: none.
    std::optional<contracts::Json> egress_refused;
};
void visit_fields(WorkerEntry& worker, contracts::FieldList& fields);

struct WorkerResource {
    using Entity = WorkerEntry;
    [[nodiscard]] static Result<Page<Entity>> list(Queries& db, const PageRequest& page);
    [[nodiscard]] static Result<Stored<Entity>> find(Queries& db, const std::string& id,
                                                     const Owner& owner);
};

// The transcript of a worker that has ended; its row may be gone already.
void handle_transcript(Exchange&& exchange);

}  // namespace control
