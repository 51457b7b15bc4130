// Periodic tasks as the API serves them: the last run, the next one, and a way to run one now.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct ScheduleEntry {
    std::string name;
    std::int64_t interval_seconds = 0;
    contracts::Timestamp next_at{};
    std::optional<contracts::Timestamp> started_at;  // the last run
    std::optional<contracts::Timestamp> ended_at;    // absent: it is running, or was interrupted
    std::string outcome;                             // empty: it failed, or there was none
    std::string error;
    std::int64_t runs = 0;
    std::int64_t failures = 0;
};
void visit_fields(ScheduleEntry& entry, contracts::FieldList& fields);

// GET /api/schedule
void handle_schedule(Exchange&& exchange);
// POST /api/schedule/{name}/run: the task is due now; the leading daemon runs it within a second.
void handle_schedule_run(Exchange&& exchange);

}  // namespace control
