#include "wrapper/agent/tool_server.h"

namespace wrapper {

using contracts::Json;

Json tool_server(const std::string& program, const Turn& turn) {
    Json variables = Json::object();
    for (const char* name :
         {"ORCHESTRATOR_SOCKET", "ALLOWED_COMMANDS", "WORKER_ID", "WORKER_TYPE", "USER_ID"})
        if (std::string value = turn.variable(name); !value.empty())
            variables[name] = std::move(value);
    Json arguments = Json::array();
    arguments.push_back("mcp");
    Json server;
    server["command"] = program;
    server["args"] = std::move(arguments);
    server["env"] = std::move(variables);
    return server;
}

}  // namespace wrapper
