// Records how a provisioning ended, in the server's row and its incidents.
#pragma once

#include "control/graphs/engine/handlers.h"

namespace control::graphs {

// "provision.record" {server_id, server_handle, request_id, attempt, is_recovery, status, failure}.
// Active: its incidents are resolved, and with is_recovery each project that was live there gets a
// task to be deployed again. Otherwise an incident is opened. If another request has replaced this
// one: `conflict`.
[[nodiscard]] Writers provisioning_writers();

}  // namespace control::graphs
