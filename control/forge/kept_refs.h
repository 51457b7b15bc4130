// The refs below refs/keep/ of a local repository: commits that a branch did not accept. They are
// for people and for the developer's next round, and are kept for a limited time.
//
// Failure: git's, for the first repository that could not be cleaned up; the others are cleaned up
// in any case. Thread: from any thread, also during pushes.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

namespace control {

struct KeptRefs {
    std::chrono::days age{30};  // since the ref was written, whatever the commit's date is
    std::size_t most = 20;      // per worker or branch: the newest ones
};

// Removes the refs that exceed `keep` from every repository in the forge's `directory`, and, at
// least two weeks later, the objects that nothing else references. Returns how many refs were
// removed. A directory that does not exist has none.
[[nodiscard]] contracts::Result<std::int64_t> prune_kept_refs(const std::string& directory,
                                                              const KeptRefs& keep,
                                                              contracts::Timestamp now,
                                                              const std::stop_token& stop = {});

}  // namespace control
