// Our commands as a server of the Model Context Protocol, as an agent's configuration has it.
#pragma once

#include "wrapper/agent/runner.h"

namespace wrapper {

// {"command": …, "args": ["mcp"], "env": {…}}. `program`: the path of `orchestrator`. Agents hand
// on little of their environment to such a server, so what it needs to reach PID 1 is named.
[[nodiscard]] contracts::Json tool_server(const std::string& program, const Turn& turn);

}  // namespace wrapper
