// Makes sure that the state directory belongs to one worker, and to one process at a time. We would
// take another worker's journal for our own work, and two processes would overwrite each other's
// files.
//
// The file `owner` contains the worker's id and stays locked (flock) while we run; the lock ends
// with the process, however it ends. On a file system without locks only the id protects.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>

namespace wrapper {

// The lock: keep it. Fails with `fatal`, field STATE_DIR, when another process holds the lock, when
// the directory belongs to another worker, and when it cannot be written.
[[nodiscard]] contracts::Result<contracts::UniqueFd> take_state_directory(
    const std::string& directory, const std::string& worker_id);

}  // namespace wrapper
