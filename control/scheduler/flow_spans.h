// The spans of a flow that has ended, with its nodes, workers and turns, and of an answered
// message.
#pragma once

#include "control/scheduler/otlp.h"
#include "control/store/traces.h"

namespace control {

// Appends them. Failure: the store's.
[[nodiscard]] Result<void> add_flow_spans(Queries& db, const traces::EndedFlow& flow,
                                          std::vector<Span>& spans);
void add_chat_span(const traces::Answered& answer, std::vector<Span>& spans);

}  // namespace control
