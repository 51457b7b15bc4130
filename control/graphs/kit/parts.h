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
// Fills the part from the message that opens a thread.
void take_request(RequestPart& part, const contracts::BaseMessage& message);
// For a message that the thread sends: it continues the request's correlation and trace.
[[nodiscard]] contracts::QueueMeta meta_of(const RequestPart& part, contracts::Timestamp now);

struct TaskPart : RequestPart {
    std::string task_id;
    std::string project_id;
    std::string user_id;
};
void visit_fields(TaskPart& part, contracts::FieldList& fields);

// A worker and its turn (worker_turn.h).
struct TurnPart {
    std::string worker;             // the thread's current worker; empty: none
    std::string turn_request;       // the request_id of the worker's turn
    std::int64_t memory_mb = 0;     // for the next worker; 0: the default
    std::int64_t turn_seconds = 0;  // for the next turn; 0: the default
    bool memory_doubled = false;
    bool time_doubled = false;
    Json usage = Json::object();  // summed over all turns
};
void visit_fields(TurnPart& part, contracts::FieldList& fields);

// Waiting, retrying, and asking a person (patience.h).
struct PatiencePart {
    std::int64_t tries = 0;           // consecutive broken turns
    std::int64_t platform_tries = 0;  // consecutive failures of the platform
    std::string resume;  // the node to return to after waiting, or after a person's answer
    std::int64_t wait_ms = 0;
    std::string trouble;       // why it waits, or what a person has to look at
    bool asked_again = false;  // a person has answered, or requested another try
    std::string answer;        // the person's answer
};
void visit_fields(PatiencePart& part, contracts::FieldList& fields);

}  // namespace control::graphs
