// The queues of the bus as the API serves them: how long each is, what has failed there and why,
// and orders to requeue a failed message or to drop it. The scheduler reads and changes the bus;
// these handlers read the rows that it writes, and write orders for it.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/api/exchange.h"

namespace control {

struct QueueEntry {
    std::string name;
    std::int64_t length = 0;
    std::int64_t pending = 0;
    std::int64_t lag = 0;
    std::int64_t dead = 0;
    contracts::Timestamp looked_at{};
};
void visit_fields(QueueEntry& entry, contracts::FieldList& fields);

struct DeadLetterEntry {
    std::string id;
    std::string queue;
    contracts::Timestamp failed_at{};
    std::string service;
    std::string error;
    std::int64_t attempts = 0;
    std::string body;  // the beginning of the message
};
void visit_fields(DeadLetterEntry& entry, contracts::FieldList& fields);

// GET /api/queues
void handle_queues(Exchange&& exchange);
// GET /api/queues/{name}/dead_letters
void handle_dead_letters(Exchange&& exchange);
// POST /api/queues/{name}/dead_letters/{id}/requeue and …/drop: carried out within seconds.
void handle_requeue_letter(Exchange&& exchange);
void handle_drop_letter(Exchange&& exchange);

}  // namespace control
