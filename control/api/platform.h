// What the platform reports about itself: whether it is ready, which daemons share the store, and
// which streams they read.
#pragma once

#include "contracts/entities/entities.h"
#include "control/api/exchange.h"

namespace control {

// GET /livez: whether the process runs. It depends on nothing else.
void handle_alive(Exchange&& exchange);
// GET /health: whether the store answers.
void handle_health(Exchange&& exchange);
// GET /readyz: the store, and every part of the daemon as of a few seconds ago. 503 while one of
// them fails.
void handle_ready(Exchange&& exchange);
// GET /api/daemons
void handle_daemons(Exchange&& exchange);
// POST /api/daemons/{name}/forget: the daemon will not come back, and others answer for its
// workers.
void handle_forget_daemon(Exchange&& exchange);
// GET /api/work: each stream and call with waiting work, and the running daemons that pick it up.
void handle_work(Exchange&& exchange);

// A warning for the creator of a task: "no daemon reads deploy:queue; start a daemon with the role
// graphs". Empty if a running daemon reads the queue of such tasks.
[[nodiscard]] Result<std::string> queue_warning(Queries& db, contracts::TaskType type,
                                                contracts::Timestamp now);

}  // namespace control
