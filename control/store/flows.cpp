#include "control/store/flows.h"

#include "control/store/flow_graphs.h"

namespace control {

using contracts::FieldList;
using contracts::kIdentifier;
using contracts::kNotNegative;
using contracts::kShortText;

void visit_fields(Flow& flow, FieldList& fields) {
    fields.required("id", flow.id, kIdentifier);
    fields.required("graph", flow.graph, kShortText);
    fields.required("subject", flow.subject, kShortText);
    fields.optional("task_id", flow.task_id, kIdentifier);
    fields.optional("project_id", flow.project_id, kIdentifier);
    fields.required("node", flow.node, kShortText);
    fields.required("status", flow.status);
    fields.required("step", flow.step, kNotNegative);
    fields.optional("reason", flow.reason);
    fields.optional("wake_at", flow.wake_at);
    fields.optional("deadline", flow.deadline);
    fields.required("created_at", flow.created_at);
    fields.required("updated_at", flow.updated_at);
}

void visit_fields(FlowDetail& flow, FieldList& fields) {
    visit_fields(static_cast<Flow&>(flow), fields);
    fields.required("state", flow.state);
    fields.required("waits_for", flow.waits_for);
    fields.required("drawing", flow.drawing);
}

void visit_fields(ThreadStep& step, FieldList& fields) {
    fields.required("step", step.step, kNotNegative);
    fields.required("at", step.at);
    fields.required("node", step.node, kShortText);
    fields.required("event", step.event, kShortText);
    fields.required("outcome", step.outcome);
}

void visit_fields(FlowEffect& effect, FieldList& fields) {
    fields.required("key", effect.key, kShortText);
    fields.required("kind", effect.kind, kShortText);
    fields.required("target", effect.target, kShortText);
    fields.required("attempts", effect.attempts, kNotNegative);
    fields.required("next_at", effect.next_at);
}

namespace flows {

namespace {

constexpr EntityTable kTable{
    "(SELECT threads.id, threads.graph, threads.subject, tasks.id AS task_id, tasks.project_id, "
    "threads.node, threads.status, threads.step, threads.reason, threads.wake_at, "
    "threads.deadline, threads.created_at, threads.updated_at, threads.fencing AS version "
    "FROM threads LEFT JOIN tasks ON tasks.id = threads.subject) AS flows",
    "flow", "project_id IN (SELECT id FROM projects WHERE owner_id = ", ")", "project_id = "};

}  // namespace

Result<Page<Flow>> list(Queries& db, const PageRequest& page) {
    return list_entities<Flow>(db, kTable, page);
}

Result<Stored<Flow>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<Flow>(db, kTable, id, owner);
}

Result<Stored<FlowDetail>> show(Queries& db, const std::string& id, const Owner& owner) {
    Result<Stored<Flow>> flow = find(db, id, owner);
    if (!flow) return flow.fault();
    Result<std::optional<Thread>> thread = threads::find(db, id);
    if (!thread) return thread.fault();
    Result<std::vector<ThreadWait>> waits = threads::waits(db, id);
    if (!waits) return waits.fault();
    Result<std::optional<FlowGraph>> graph = flow_graphs::find(db, flow->entity.graph);
    if (!graph) return graph.fault();
    Stored<FlowDetail> shown{{std::move(flow->entity), {}, {}, {}}, flow->version};
    FlowDetail& detail = shown.entity;
    if (*thread) {
        Result<contracts::Json> state = contracts::parse_json((*thread)->state);
        detail.state = state ? *std::move(state) : contracts::Json((*thread)->state);
    }
    for (ThreadWait& wait : *waits)
        if (wait.active) detail.waits_for.push_back(std::move(wait.key));
    if (*graph) detail.drawing = draw(**graph, detail.node);
    return shown;
}

Result<std::vector<FlowEffect>> undelivered(Queries& db, const std::string& id, std::size_t limit) {
    Result<Rows> rows = db.query(
        "SELECT key, kind, target, attempts, next_at FROM thread_outbox WHERE thread_id = $1 "
        "ORDER BY seq LIMIT $2",
        {id, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<FlowEffect> effects;
    for (const Row& row : rows->rows) {
        Result<FlowEffect> effect = read_row<FlowEffect>(row);
        if (!effect) return fail(std::move(effect.error()).context("thread_outbox"));
        effects.push_back(*std::move(effect));
    }
    return effects;
}

}  // namespace flows
}  // namespace control
