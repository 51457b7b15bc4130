#include "control/api/flows.h"

#include "control/api/handlers.h"

namespace control {

namespace {

// The requested number of rows, for a flow that the caller may see.
Result<std::size_t> limit_for_flow(const Exchange& exchange) {
    Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return limit;
    const Result<Stored<Flow>> flow =
        flows::find(exchange.context->database, exchange.id, exchange.caller->owner());
    return flow ? limit : Result<std::size_t>(flow.fault());
}

}  // namespace

void handle_flow_steps(Exchange&& exchange) {
    const Result<std::size_t> limit = limit_for_flow(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Result<std::vector<ThreadStep>> steps =
        threads::steps(exchange.context->database, exchange.id, static_cast<int>(*limit));
    if (!steps) return exchange.refuse(steps.error());
    exchange.reply(json_text_response(200, format_messages(*std::move(steps))));
}

void handle_flow_effects(Exchange&& exchange) {
    const Result<std::size_t> limit = limit_for_flow(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Result<std::vector<FlowEffect>> effects =
        flows::undelivered(exchange.context->database, exchange.id, *limit);
    if (!effects) return exchange.refuse(effects.error());
    exchange.reply(json_text_response(200, format_messages(*std::move(effects))));
}

void handle_graphs(Exchange&& exchange) {
    const Result<std::size_t> limit = one_page_limit(exchange);
    if (!limit) return exchange.refuse(limit.error());
    Result<std::vector<FlowGraph>> graphs = flow_graphs::all(exchange.context->database);
    if (!graphs) return exchange.refuse(graphs.error());
    if (graphs->size() > *limit) graphs->resize(*limit);
    exchange.reply(json_text_response(200, format_messages(*std::move(graphs))));
}

}  // namespace control
