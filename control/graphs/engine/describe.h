// Threads as people and programs are shown them.
#pragma once

#include "control/graphs/engine/engine.h"

namespace control::graphs {

// id, graph, subject, node, status, step, reason?, wake_at?, deadline?, owner?, created_at,
// updated_at.
[[nodiscard]] Json summary(const Thread& thread);

// The summary with the checkpoint, what it waits for, its recent steps (the newest first), what it
// has still to send, and its graph drawn as Mermaid. Nothing there: `not_found`.
[[nodiscard]] Result<Json> describe(Queries& db, const Engine& engine, const std::string& id);

}  // namespace control::graphs
