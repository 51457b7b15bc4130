// Rows of deployments, and the commit that may be deployed.
#pragma once

#include "control/graphs/engine/handlers.h"

#include <string>

namespace control::graphs {

// The commit of the newest engineering task of the project whose tests passed and whose work is on
// the default branch; empty: there is none.
[[nodiscard]] contracts::Result<std::string> newest_tested_commit(Queries& db,
                                                                  const std::string& project_id);

// "deployment.record" {project_id, server_id, service_name, port, status, url, commit, health,
// error}: one row for each service of a project. If the row is active, a failed attempt changes
// only its error, because the version that it describes is still running.
[[nodiscard]] Writers deployment_writers();

}  // namespace control::graphs
