#include "control/scheduler/flow_spans.h"

#include "contracts/base/json.h"
#include "contracts/base/trace_id.h"
#include "control/store/task_executions.h"
#include "control/store/threads.h"
#include "control/store/worker_life.h"

#include <algorithm>

namespace control {

using contracts::parse_traceparent;
using contracts::trace_id_of;
using contracts::TraceParent;

namespace {

// Limits for one flow.
constexpr int kMostSteps = 200;
constexpr std::size_t kMostWorkers = 50;
constexpr std::size_t kMostTurns = 50;

// The parent of a flow's spans.
struct Trunk {
    std::string trace_id;
    std::string span_id;  // of the flow
};

std::string chat_span_of(const std::string& correlation_id) {
    return span_id_of("chat:" + correlation_id);
}

std::string worker_span_of(const std::string& worker_id) {
    return span_id_of("worker:" + worker_id);
}

Result<Span> flow_span(Queries& db, const traces::EndedFlow& flow) {
    const auto state = contracts::parse_json(flow.state);
    const auto text = [&](std::string_view name) {
        return state && state->is_object() ? contracts::text_at(*state, std::string(name))
                                           : std::string();
    };
    const std::string correlation = text("correlation_id");
    const TraceParent parent = parse_traceparent(text("traceparent"));
    Span span{.trace_id = parent.trace_id,
              .span_id = span_id_of("flow:" + flow.id),
              .parent_id = parent.span_id,
              .name = flow.graph,
              .begins = flow.began_at,
              .ends = flow.ended_at,
              .attributes = {{"orchestrator.flow.id", flow.id},
                             {"orchestrator.flow.status", flow.status},
                             {"orchestrator.task.id", text("task_id")},
                             {"orchestrator.project.id", text("project_id")},
                             {"orchestrator.correlation_id", correlation}}};
    if (flow.status == "failed") span.failure = flow.reason.empty() ? "failed" : flow.reason;
    if (!span.trace_id.empty()) return span;
    span.trace_id = trace_id_of(correlation.empty() ? "flow:" + flow.id : correlation);
    Result<bool> in_chat = traces::began_in_chat(db, correlation);
    if (!in_chat) return in_chat.fault();
    if (*in_chat) span.parent_id = chat_span_of(correlation);
    return span;
}

// A node lasts from the previous step to its own.
Result<void> add_nodes(Queries& db, const traces::EndedFlow& flow, const Trunk& trunk,
                       std::vector<Span>& spans) {
    Result<std::vector<ThreadStep>> steps = threads::steps(db, flow.id, kMostSteps);
    if (!steps) return steps.fault();
    std::ranges::reverse(*steps);
    contracts::Timestamp begins =
        !steps->empty() && steps->front().step > 1 ? steps->front().at : flow.began_at;
    for (const ThreadStep& step : *steps) {
        spans.push_back({.trace_id = trunk.trace_id,
                         .span_id = span_id_of("step:" + flow.id + ":" + std::to_string(step.step)),
                         .parent_id = trunk.span_id,
                         .name = step.node,
                         .begins = begins,
                         .ends = step.at,
                         .attributes = {{"orchestrator.event", step.event},
                                        {"orchestrator.outcome", step.outcome}}});
        begins = step.at;
    }
    return {};
}

Result<void> add_workers(Queries& db, const traces::EndedFlow& flow, const Trunk& trunk,
                         std::vector<Span>& spans) {
    Result<Page<WorkerRow>> page = workers::list(
        db, {.limit = kMostWorkers, .filters = {{.column = "task_id", .value = flow.subject}}});
    if (!page) return page.fault();
    for (const Stored<WorkerRow>& stored : page->items) {
        const WorkerRow& worker = stored.entity;
        const bool went_wrong = worker.cause && !ended_as_wanted(*worker.cause);
        spans.push_back(
            {.trace_id = trunk.trace_id,
             .span_id = worker_span_of(worker.id),
             .parent_id = trunk.span_id,
             .name = "worker " + std::string(contracts::to_text(worker.config.worker_type)),
             .begins = worker.created_at,
             .ends = worker.ended_at.value_or(flow.ended_at),
             .attributes = {{"orchestrator.worker.id", worker.id},
                            {"orchestrator.agent",
                             std::string(contracts::to_text(worker.config.agent_type))}},
             .failure = went_wrong ? worker.error : std::string()});
    }
    return {};
}

Result<void> add_turns(Queries& db, const traces::EndedFlow& flow, const Trunk& trunk,
                       std::vector<Span>& spans) {
    auto page = task_executions::list(
        db, {.limit = kMostTurns, .filters = {{.column = "task_id", .value = flow.subject}}});
    if (!page) return page.fault();
    for (const auto& stored : page->items) {
        const contracts::TaskExecution& turn = stored.entity;
        const bool went_well = turn.status == contracts::ExecutionStatus::success;
        const contracts::Timestamp begins = turn.started_at.value_or(turn.created_at);
        spans.push_back(
            {.trace_id = trunk.trace_id,
             .span_id = span_id_of("turn:" + turn.id),
             .parent_id = worker_span_of(turn.worker_id),
             .name = "turn",
             .begins = begins,
             .ends = turn.finished_at.value_or(begins),
             .attributes = {{"orchestrator.worker.id", turn.worker_id},
                            {"orchestrator.request.id", turn.id}},
             .failure = went_well ? std::string() : std::string(contracts::to_text(turn.status))});
    }
    return {};
}

}  // namespace

Result<void> add_flow_spans(Queries& db, const traces::EndedFlow& flow, std::vector<Span>& spans) {
    Result<Span> whole = flow_span(db, flow);
    if (!whole) return whole.fault();
    const Trunk trunk{.trace_id = whole->trace_id, .span_id = whole->span_id};
    spans.push_back(*std::move(whole));
    if (Result<void> added = add_nodes(db, flow, trunk, spans); !added) return added;
    if (Result<void> added = add_workers(db, flow, trunk, spans); !added) return added;
    return add_turns(db, flow, trunk, spans);
}

void add_chat_span(const traces::Answered& answer, std::vector<Span>& spans) {
    spans.push_back({.trace_id = trace_id_of(answer.correlation_id),
                     .span_id = chat_span_of(answer.correlation_id),
                     .name = "chat message",
                     .begins = answer.asked_at,
                     .ends = answer.answered_at,
                     .attributes = {{"orchestrator.channel", answer.channel},
                                    {"orchestrator.user.id", answer.user_id},
                                    {"orchestrator.correlation_id", answer.correlation_id}}});
}

}  // namespace control
