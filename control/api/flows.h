// Flows as the API shows them: their state, their recent steps, their undelivered effects, and the
// graphs that they follow.
#pragma once

#include "control/api/exchange.h"
#include "control/store/flow_graphs.h"
#include "control/store/flows.h"

namespace control {

struct FlowResource {
    using Entity = Flow;
    static constexpr auto list = &flows::list;
};
struct FlowDetailResource {
    using Entity = FlowDetail;
    static constexpr auto find = &flows::show;
};

// GET /api/flows/{id}/steps: the newest first.
void handle_flow_steps(Exchange&& exchange);
// GET /api/flows/{id}/effects: effects that were decided and are not delivered yet.
void handle_flow_effects(Exchange&& exchange);
// GET /api/graphs
void handle_graphs(Exchange&& exchange);

}  // namespace control
