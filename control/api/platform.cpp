#include "control/api/platform.h"

#include "contracts/fields/write.h"
#include "contracts/streams/names.h"
#include "control/api/bodies.h"
#include "control/api/handlers.h"
#include "control/role/health_board.h"
#include "control/store/daemons.h"

#include <algorithm>

namespace control {

namespace {

bool store_answers(const Exchange& exchange) {
    return exchange.context->database.query("SELECT 1").has_value();
}

DaemonEntry entry_of(DaemonRow row, contracts::Timestamp now) {
    const bool alive = daemons::is_alive(row, now);
    return {.name = std::move(row.name),
            .host = std::move(row.host),
            .roles = std::move(row.roles),
            .streams = std::move(row.streams),
            .calls = std::move(row.calls),
            .alive = alive,
            .started_at = row.started_at,
            .seen_at = row.seen_at,
            .forgotten_at = row.forgotten_at};
}

}  // namespace

void handle_alive(Exchange&& exchange) {
    exchange.reply(json_response(200, contracts::write_message(Health{})));
}

void handle_health(Exchange&& exchange) {
    if (!store_answers(exchange))
        return exchange.refuse({ErrorKind::transient, "the database does not answer"});
    handle_alive(std::move(exchange));
}

// The store is asked each time: nearly every request needs it, and the answer is fast.
void handle_ready(Exchange&& exchange) {
    Readiness readiness;
    bool ready = true;
    const auto note = [&](const std::string& part, bool is_well) {
        readiness.parts[part] = is_well ? "ok" : "failing";
        ready = ready && is_well;
    };
    if (exchange.context->health != nullptr)
        for (const auto& [part, state] : exchange.context->health->parts())
            if (part != "store") note(part, state.well);
    note("store", store_answers(exchange));
    if (!ready) readiness.status = "failing";
    exchange.reply(json_response(ready ? 200 : 503, contracts::write_message(readiness)));
}

void handle_daemons(Exchange&& exchange) {
    Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Result<std::vector<DaemonRow>> daemons = daemons::all(exchange.context->database);
    if (!daemons) return exchange.refuse(daemons.error());
    const contracts::Timestamp now = exchange.context->clock.now();
    std::vector<DaemonEntry> entries;
    for (DaemonRow& row : *daemons) {
        if (entries.size() == *limit) break;
        entries.push_back(entry_of(std::move(row), now));
    }
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

void handle_forget_daemon(Exchange&& exchange) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         const contracts::Timestamp now = exchange.context->clock.now();
                         if (Result<void> done = daemons::forget(tx, exchange.name, now); !done)
                             return done;
                         Result<std::optional<DaemonRow>> daemon = daemons::find(tx, exchange.name);
                         if (!daemon) return daemon.fault();
                         write.answer = json_text_response(
                             200, contracts::format_message(entry_of(std::move(**daemon), now)));
                         return {};
                     });
}

void handle_work(Exchange&& exchange) {
    Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Result<std::vector<WaitingWork>> waiting =
        daemons::work(exchange.context->database, exchange.context->clock.now());
    if (!waiting) return exchange.refuse(waiting.error());
    std::vector<WorkEntry> entries;
    for (WaitingWork& one : *waiting) {
        if (entries.size() == *limit) break;
        WorkEntry entry{.work = one.name, .role = one.role, .picked_up_by = one.picked_up_by};
        if (one.picked_up_by.empty()) {
            entry.problem = daemons::unread(one);
            entry.next_step = daemons::mend(one);
        }
        entries.push_back(std::move(entry));
    }
    exchange.reply(json_text_response(200, format_messages(std::move(entries))));
}

Result<std::string> queue_warning(Queries& db, contracts::TaskType type, contracts::Timestamp now) {
    Result<std::vector<WaitingWork>> waiting = daemons::work(db, now);
    if (!waiting) return waiting.fault();
    const std::string_view queue = type == contracts::TaskType::deploy
                                       ? contracts::names::kDeployQueue
                                       : contracts::names::kEngineeringQueue;
    const auto found = std::ranges::find(*waiting, queue, &WaitingWork::name);
    if (found == waiting->end() || !found->picked_up_by.empty()) return std::string();
    return daemons::unread(*found) + "; " + daemons::mend(*found);
}

}  // namespace control
