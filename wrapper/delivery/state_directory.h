// Whose the state directory is: one worker's, and one process's at a time. Another worker's journal
// would be taken for our own work, and two processes would write over each other.
//
// The file `owner` holds the worker's id and is locked (flock) for as long as we live; a death of
// any kind frees it. Where the file system has no locks only the id protects.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>

namespace wrapper {

// The lock: keep it. Fails with `fatal`, field STATE_DIR, when a process holds it, when it is
// another worker's, and when it cannot be written.
[[nodiscard]] contracts::Result<contracts::UniqueFd> take_state_directory(
    const std::string& directory, const std::string& worker_id);

}  // namespace wrapper
