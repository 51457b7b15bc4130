// {stream}:dlq: an entry that was refused or exhausted its tries, with the reason and the original
// bytes.
#pragma once

#include "contracts/messages/meta.h"

namespace contracts {

struct DeadLetterContext {
    std::string error;
    Timestamp timestamp{};
    std::string service;
    std::int64_t attempts = 1;
    std::string stream;
    std::string entry_id;
};
void visit_fields(DeadLetterContext& context, FieldList& fields);

struct DeadLetter {
    Json original_message;  // the object, or the bytes as a string
    DeadLetterContext error_context;
};
void visit_fields(DeadLetter& message, FieldList& fields);

}  // namespace contracts
