// Connections of workers that were refused: one row for each worker, host and port, removed with
// the worker's row. Functions over Queries.
#pragma once

#include "control/store/entity_table.h"

namespace control {

struct EgressRefusal {
    std::string id;
    std::string worker_id;
    std::optional<std::string> task_id{};
    std::string host;
    std::int64_t port = 0;
    std::string reason;  // of the last time
    std::int64_t count = 0;
    contracts::Timestamp created_at{};  // of the first time
    contracts::Timestamp last_at{};
};
void visit_fields(EgressRefusal& refusal, contracts::FieldList& fields);

namespace egress_refusals {

// An agent chooses what it tries, so the rows of a worker are limited.
inline constexpr std::int64_t kMostOfOneWorker = 200;

// The newest first. Filters: worker_id, task_id, host. The owner is that of the task's project.
[[nodiscard]] Result<Page<EgressRefusal>> list(Queries& db, const PageRequest& page);
// Of one worker, those that were refused last first.
[[nodiscard]] Result<std::vector<EgressRefusal>> of_worker(Queries& db,
                                                           const std::string& worker_id, int limit);
// Adds `count` to the row of this worker, host and port, or creates the row with the given id and
// the worker's task. False: the worker is unknown or has kMostOfOneWorker rows already, and nothing
// was written.
[[nodiscard]] Result<bool> add(Queries& db, const EgressRefusal& refused);

}  // namespace egress_refusals
}  // namespace control
