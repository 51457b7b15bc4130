// Lets only one process of this machine build an image at a time: a lock file for each hash. The
// kernel releases the lock of a process that dies.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <stop_token>
#include <string>

namespace control::images {

class BuildLock {
public:
    // Waits until nobody else builds `hash`. `directory` is created if it is missing; if it is
    // empty, nothing is locked. Failure: `transient` if the caller stops waiting, `fatal` if the
    // directory cannot be used.
    [[nodiscard]] static contracts::Result<BuildLock> take(const std::string& directory,
                                                           const std::string& hash,
                                                           std::stop_token stop);

private:
    contracts::UniqueFd file_;
};

}  // namespace control::images
