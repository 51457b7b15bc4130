// What users asked for in a project, as the measure of what is live.
#pragma once

#include "control/store/database.h"

#include <string>

namespace control::graphs {

// The specs of the project's completed engineering tasks, oldest first; at most about 16 KiB, of
// which the newest are complete. Empty: no task has a spec.
[[nodiscard]] contracts::Result<std::string> criteria_of(Queries& db,
                                                         const std::string& project_id);

}  // namespace control::graphs
