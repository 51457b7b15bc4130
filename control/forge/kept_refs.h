// The refs below refs/keep/ of a local repository: commits that a branch did not accept. They are
// there for people and for the developer's next round, and not forever.
//
// Failure: git's, for the first repository that could not be cleaned up; the others are cleaned up
// in any case. Thread: from any thread; pushes may go on meanwhile.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

namespace control {

struct KeptRefs {
    std::chrono::days age{30};  // since the ref was written, whatever date its commit bears
    std::size_t most = 20;      // of one worker or branch: the newest
};

// Removes what is beyond `keep` from every repository in the forge's `directory`, and, two weeks
// later at the earliest, the objects that nothing else needs. Returns how many refs are gone. A
// directory that is not there has none.
[[nodiscard]] contracts::Result<std::int64_t> prune_kept_refs(const std::string& directory,
                                                              const KeptRefs& keep,
                                                              contracts::Timestamp now,
                                                              const std::stop_token& stop = {});

}  // namespace control
