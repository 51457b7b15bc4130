// What was asked for in a project, for whoever judges what came of it.
#pragma once

#include "control/store/database.h"

#include <string>

namespace control::graphs {

// The specs of the project's completed engineering tasks, oldest first; at most about 16 KiB, of
// which the newest are whole. Empty: nothing was asked for in words.
[[nodiscard]] contracts::Result<std::string> criteria_of(Queries& db,
                                                         const std::string& project_id);

}  // namespace control::graphs
