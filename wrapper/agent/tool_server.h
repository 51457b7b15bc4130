// Our commands as a Model Context Protocol server, in the form that an agent's configuration has.
#pragma once

#include "wrapper/agent/runner.h"

namespace wrapper {

// {"command": …, "args": ["mcp"], "env": {…}}. `program` is the path of `orchestrator`. Agents pass
// little of their environment on to such a server, so `env` has what it needs to reach PID 1.
[[nodiscard]] contracts::Json tool_server(const std::string& program, const Turn& turn);

}  // namespace wrapper
