// The settings of this program, from its environment. Nothing here opens a connection.
#pragma once

#include "contracts/base/environment.h"
#include "contracts/permissions/allowed_commands.h"

#include <optional>
#include <string>

namespace cli {

struct Settings {
    bool inside_worker = false;  // WORKER_ID is set, or PID 1's socket is there
    std::string socket_path;     // the path at which PID 1's socket is expected
    std::string agent_socket;    // empty: none, so API_URL and REDIS_URL are used
    // Empty: no restrictions here; the API token decides. Never empty inside a worker.
    std::optional<contracts::AllowedCommands> allowed;
    std::string worker_type;
    std::string user_id;
    std::string api_url;
    std::string api_token;
    std::string redis_url;
    std::string ca_file;  // trusted certificates; empty: the system's

    // Fails with `fatal` and names the variable.
    [[nodiscard]] static contracts::Result<Settings> read(
        const contracts::Environment::Lookup& lookup);
};

}  // namespace cli
