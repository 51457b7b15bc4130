#include "control/api/schedule.h"

#include "control/api/handlers.h"
#include "control/api/operators.h"
#include "control/store/periodic_tasks.h"

namespace control {

namespace {

ScheduleEntry entry_of(const PeriodicTaskRow& row) {
    return {
        .name = row.name,
        .interval_seconds = std::chrono::duration_cast<std::chrono::seconds>(row.interval).count(),
        .next_at = row.next_at,
        .started_at = row.started_at,
        .ended_at = row.ended_at,
        .outcome = row.outcome,
        .error = row.error,
        .runs = row.runs,
        .failures = row.failures};
}

}  // namespace

void visit_fields(ScheduleEntry& entry, contracts::FieldList& fields) {
    fields.required("name", entry.name, contracts::kIdentifier);
    fields.required("interval_seconds", entry.interval_seconds, contracts::kNotNegative);
    fields.required("next_at", entry.next_at);
    fields.optional("started_at", entry.started_at);
    fields.optional("ended_at", entry.ended_at);
    fields.defaulted("outcome", entry.outcome);
    fields.defaulted("error", entry.error);
    fields.defaulted("runs", entry.runs, contracts::kNotNegative);
    fields.defaulted("failures", entry.failures, contracts::kNotNegative);
}

void handle_schedule(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    const auto rows = periodic_tasks::all(exchange.context->database);
    if (!rows) return exchange.refuse(rows.error());
    std::vector<ScheduleEntry> entries;
    for (const PeriodicTaskRow& row : *rows)
        if (entries.size() < *limit) entries.push_back(entry_of(row));
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_schedule_run(Exchange&& exchange) {
    if (const Result<void> may = check_operator(*exchange.caller); !may)
        return exchange.refuse(may.error());
    write_and_answer(
        std::make_shared<Write>(std::move(exchange)),
        [](Transaction& tx, Write& write) -> Result<void> {
            const Exchange& exchange = write.exchange;
            const contracts::Timestamp now = exchange.context->clock.now();
            if (Result<void> due = periodic_tasks::run_now(tx, exchange.name, now); !due)
                return due;
            auto row = periodic_tasks::find(tx, exchange.name);
            if (!row) return row.fault();
            write.answer =
                json_text_response(200, contracts::format_message(entry_of(row->value())));
            return {};
        });
}

}  // namespace control
