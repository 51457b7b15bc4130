// One build of an image at a time on this machine, whichever process asks: a lock file for each
// hash. The kernel gives a lock back when its process dies.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <stop_token>
#include <string>

namespace control::images {

class BuildLock {
public:
    // Waits until nobody else builds `hash`. `directory` is created when it is missing; without one
    // no lock is taken. Failure: `transient` when the caller stops waiting, `fatal` when the
    // directory cannot be used.
    [[nodiscard]] static contracts::Result<BuildLock> take(const std::string& directory,
                                                           const std::string& hash,
                                                           std::stop_token stop);

private:
    contracts::UniqueFd file_;
};

}  // namespace control::images
