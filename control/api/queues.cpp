#include "control/api/queues.h"

#include "control/api/handlers.h"
#include "control/store/periodic_tasks.h"
#include "control/store/queues.h"

namespace control {

namespace {

constexpr const char* kQueuesTask = "queues";

DeadLetterEntry entry_of_letter(queues::DeadLetterRow row) {
    return {.id = std::move(row.entry_id),
            .queue = std::move(row.queue),
            .failed_at = row.failed_at,
            .service = std::move(row.service),
            .error = std::move(row.error),
            .attempts = row.attempts,
            .body = std::move(row.body)};
}

// The order is stored as a row. The periodic task that carries it out becomes due at once; before
// the scheduler's first run there is no such task yet.
void order_letter(Exchange&& exchange, queues::Verb verb) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [verb](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         const contracts::Timestamp now = exchange.context->clock.now();
                         if (Result<void> put = queues::order(tx,
                                                              {.queue = exchange.name,
                                                               .entry_id = exchange.id,
                                                               .verb = verb,
                                                               .asked_by = exchange.caller->name},
                                                              now);
                             !put)
                             return put;
                         const auto task = periodic_tasks::find(tx, kQueuesTask);
                         if (!task) return task.fault();
                         if (*task)
                             if (Result<void> due = periodic_tasks::run_now(tx, kQueuesTask, now);
                                 !due)
                                 return due;
                         write.answer = HttpResponse{204, {}, {}};
                         return {};
                     });
}

}  // namespace

void visit_fields(QueueEntry& entry, contracts::FieldList& fields) {
    fields.required("name", entry.name, contracts::kIdentifier);
    fields.required("length", entry.length, contracts::kNotNegative);
    fields.required("pending", entry.pending, contracts::kNotNegative);
    fields.required("lag", entry.lag, contracts::kNotNegative);
    fields.required("dead", entry.dead, contracts::kNotNegative);
    fields.required("looked_at", entry.looked_at);
}

void visit_fields(DeadLetterEntry& entry, contracts::FieldList& fields) {
    fields.required("id", entry.id, contracts::kIdentifier);
    fields.required("queue", entry.queue, contracts::kIdentifier);
    fields.required("failed_at", entry.failed_at);
    fields.required("service", entry.service);
    fields.required("error", entry.error);
    fields.required("attempts", entry.attempts);
    fields.required("body", entry.body);
}

void handle_queues(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    auto states = queues::all(exchange.context->database);
    if (!states) return exchange.refuse(states.error());
    std::vector<QueueEntry> entries;
    for (queues::QueueState& state : *states)
        if (entries.size() < *limit)
            entries.push_back({.name = std::move(state.name),
                               .length = state.length,
                               .pending = state.pending,
                               .lag = state.lag,
                               .dead = state.dead,
                               .looked_at = state.looked_at});
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_dead_letters(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    auto letters = queues::letters(exchange.context->database, exchange.name, *limit);
    if (!letters) return exchange.refuse(letters.error());
    std::vector<DeadLetterEntry> entries;
    for (queues::DeadLetterRow& row : *letters)
        entries.push_back(entry_of_letter(std::move(row)));
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_requeue_letter(Exchange&& exchange) {
    order_letter(std::move(exchange), queues::Verb::requeue);
}

void handle_drop_letter(Exchange&& exchange) {
    order_letter(std::move(exchange), queues::Verb::drop);
}

}  // namespace control
