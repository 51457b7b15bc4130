// What is wrong with servers, each with the next step.
#pragma once

#include "cli/commands/rest.h"
#include "contracts/entities/inventory.h"

namespace cli::commands {

// A server's problem, found in an object of GET /api/servers.
struct ServerFinding {
    std::string problem;
    std::string next_step;
};
[[nodiscard]] std::optional<ServerFinding> odd_server(const contracts::Server& server,
                                                      contracts::Timestamp now);

// Looks at every server and every open incident (at most kMostPages pages each). An array of
// {server, problem, next_step}.
[[nodiscard]] contracts::Result<contracts::Json> find_odd_servers(Session& session);

}  // namespace cli::commands
