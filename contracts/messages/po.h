// A product owner worker's input and output.
#pragma once

#include "contracts/messages/developer.h"

namespace contracts {

struct POWorkerInput {
    std::string request_id;
    std::string user_id;
    std::string prompt;
    std::int64_t timeout = kDefaultTurnSeconds;  // seconds
    Timestamp timestamp{};
    Version version = Version::v1;
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};
void visit_fields(POWorkerInput& message, FieldList& fields);

// After an error or a timeout `text` is a plain sentence for the user and `error` has the cause.
struct POWorkerOutput {
    std::string request_id;
    std::string user_id;
    std::string text;
    bool is_final = true;
    Timestamp timestamp{};
    ResultStatus status = ResultStatus::success;
    std::optional<std::string> error;
    std::optional<std::string> correlation_id;
    std::optional<std::string> traceparent;
};
void visit_fields(POWorkerOutput& message, FieldList& fields);

}  // namespace contracts
