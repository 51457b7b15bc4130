#include "control/api/worker_entry.h"

#include "control/api/handlers.h"
#include "control/store/egress_refusals.h"

namespace control {

using contracts::kIdentifier;
using contracts::kNotNegative;
using contracts::kShortText;

void visit_fields(WorkerEntry& worker, contracts::FieldList& fields) {
    fields.required("id", worker.id, kIdentifier);
    fields.required("name", worker.name, kShortText);
    fields.required("type", worker.type);
    fields.required("agent_type", worker.agent_type);
    fields.required("state", worker.state);
    fields.required("status", worker.status);
    fields.optional("paused_at", worker.paused_at);
    fields.optional("cause", worker.cause);
    fields.optional("error", worker.error);
    fields.optional("exit_code", worker.exit_code);
    fields.required("request_id", worker.request_id);
    fields.optional("task_id", worker.task_id);
    fields.optional("project_id", worker.project_id);
    fields.optional("user_id", worker.user_id);
    fields.optional("branch", worker.branch);
    fields.optional("owner", worker.owner);
    fields.optional("instance_id", worker.instance_id);
    fields.required("created_at", worker.created_at);
    fields.optional("ended_at", worker.ended_at);
    fields.optional("receipt", worker.receipt);
    fields.optional("last_output", worker.last_output);
    fields.optional("egress_refused", worker.egress_refused);
}

namespace {

std::optional<std::string> unless_empty(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

WorkerEntry entry_of(const WorkerRow& row) {
    WorkerEntry entry;
    entry.id = row.id;
    entry.name = row.config.name;
    entry.type = row.config.worker_type;
    entry.agent_type = row.config.agent_type;
    entry.state = row.phase;
    entry.status = state_of(row);
    if (row.phase == WorkerPhase::running) entry.paused_at = row.paused_at;
    entry.cause = row.cause;
    entry.error = unless_empty(row.error);
    entry.exit_code = row.exit_code;
    entry.request_id = row.request_id;
    entry.task_id = unless_empty(row.about("task_id"));
    entry.project_id = unless_empty(row.about("project_id"));
    entry.user_id = unless_empty(row.about("user_id"));
    entry.branch = unless_empty(row.about("branch"));
    entry.owner = unless_empty(row.owner);
    entry.instance_id = unless_empty(row.instance_id);
    entry.created_at = row.created_at;
    entry.ended_at = row.ended_at;
    return entry;
}

constexpr int kRefusalsShown = 20;

Result<std::optional<contracts::Json>> refused_of(Queries& db, const std::string& id) {
    Result<std::vector<EgressRefusal>> refusals =
        egress_refusals::of_worker(db, id, kRefusalsShown);
    if (!refusals) return refusals.fault();
    if (refusals->empty()) return std::nullopt;
    contracts::Json all = contracts::Json::array();
    for (const EgressRefusal& refusal : *refusals)
        all.push_back({{"host", refusal.host},
                       {"port", refusal.port},
                       {"reason", refusal.reason},
                       {"count", refusal.count},
                       {"last_at", contracts::format_timestamp(refusal.last_at)}});
    return all;
}

}  // namespace

Result<Page<WorkerEntry>> WorkerResource::list(Queries& db, const PageRequest& request) {
    Result<Page<WorkerRow>> rows = workers::list(db, request);
    if (!rows) return rows.fault();
    Page<WorkerEntry> page;
    page.next = std::move(rows->next);
    for (const Stored<WorkerRow>& row : rows->items)
        page.items.push_back({entry_of(row.entity), row.version});
    return page;
}

Result<Stored<WorkerEntry>> WorkerResource::find(Queries& db, const std::string& id,
                                                 const Owner& owner) {
    Result<Stored<WorkerRow>> row = workers::find(db, id, owner);
    if (!row) return row.fault();
    Result<std::optional<std::string>> output = workers::last_output(db, id);
    if (!output) return output.fault();
    Result<std::optional<contracts::Json>> receipt = worker_life::receipt(db, id);
    if (!receipt) return receipt.fault();
    Result<std::optional<contracts::Json>> refused = refused_of(db, id);
    if (!refused) return refused.fault();
    Stored<WorkerEntry> found{entry_of(row->entity), row->version};
    found.entity.receipt = *std::move(receipt);
    found.entity.last_output = *std::move(output);
    found.entity.egress_refused = *std::move(refused);
    return found;
}

void handle_transcript(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    const Result<contracts::Json> lines =
        transcripts::last_lines(exchange.context->database, exchange.id, *limit);
    if (!lines) return exchange.refuse(lines.error());
    exchange.reply(json_text_response(200, contracts::dump_json(*lines)));
}

}  // namespace control
