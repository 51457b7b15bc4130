// Parts of a checkpoint that graphs have in common. A graph's state inherits the parts that it
// needs, and its `visit_fields` calls theirs, so that the checkpoint is one flat object:
//
//     struct GreetingState : TaskPart, TurnPart, PatiencePart {
//         std::string greeting;
//     };
//
// The names of the fields are stored: a field may be added with `defaulted` or `optional`, and none
// may be renamed.
#pragma once

#include "contracts/fields/field_list.h"
#include "contracts/messages/meta.h"

namespace control::graphs {

using contracts::Json;

// The message that opened the thread.
struct RequestPart {
    std::string request_id;
    std::string correlation_id;
    std::optional<std::string> callback_stream;
    std::optional<std::string> traceparent;
};
void visit_fields(RequestPart& part, contracts::FieldList& fields);
// Of the message that opens a thread.
void take_request(RequestPart& part, const contracts::BaseMessage& message);
// Of a message that the thread sends: it carries on the request's correlation and trace.
[[nodiscard]] contracts::QueueMeta meta_of(const RequestPart& part, contracts::Timestamp now);

struct TaskPart : RequestPart {
    std::string task_id;
    std::string project_id;
    std::string user_id;
};
void visit_fields(TaskPart& part, contracts::FieldList& fields);

// A worker and its turn (worker_turn.h).
struct TurnPart {
    std::string worker;             // the one that the thread has now; empty: none
    std::string turn_request;       // the request_id of its turn
    std::int64_t memory_mb = 0;     // of the next worker; 0: as every worker
    std::int64_t turn_seconds = 0;  // of the next turn; 0: as every turn
    bool memory_doubled = false;
    bool time_doubled = false;
    Json usage = Json::object();  // of all turns together
};
void visit_fields(TurnPart& part, contracts::FieldList& fields);

// Waiting, trying again, and asking a person (patience.h).
struct PatiencePart {
    std::int64_t tries = 0;           // broken turns in a row
    std::int64_t platform_tries = 0;  // in a row that failed on the platform's side
    std::string resume;  // the node to go back to after waiting, or after a person's answer
    std::int64_t wait_ms = 0;
    std::string trouble;       // why it waits, or what a person has to look at
    bool asked_again = false;  // a person has answered, or asked for another try
    std::string answer;        // what the person said
};
void visit_fields(PatiencePart& part, contracts::FieldList& fields);

}  // namespace control::graphs
