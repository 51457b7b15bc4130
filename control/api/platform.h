// What the platform reports about itself: whether it is ready, which daemons work on the store,
// which streams they read.
#pragma once

#include "contracts/entities/entities.h"
#include "control/api/exchange.h"

namespace control {

// GET /livez: whether the process runs. It asks nobody.
void handle_alive(Exchange&& exchange);
// GET /health: whether the store answers.
void handle_health(Exchange&& exchange);
// GET /readyz: the store, and every part of the daemon as it was a few seconds ago. 503 while one
// of them fails.
void handle_ready(Exchange&& exchange);
// GET /api/daemons
void handle_daemons(Exchange&& exchange);
// POST /api/daemons/{name}/forget: it won't come back, and others answer for its workers.
void handle_forget_daemon(Exchange&& exchange);
// GET /api/work: each stream that work waits in and each call that waits, with the living daemons
// that pick it up.
void handle_work(Exchange&& exchange);

// What the maker of a task should know: "no daemon reads deploy:queue; start a daemon with the role
// graphs". Empty: a living daemon reads the queue of such tasks.
[[nodiscard]] Result<std::string> queue_warning(Queries& db, contracts::TaskType type,
                                                contracts::Timestamp now);

}  // namespace control
