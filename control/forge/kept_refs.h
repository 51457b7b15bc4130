// What lies below refs/keep/ of a local repository: commits that a branch did not take. They are
// there for people and for the developer's next round, and not for ever.
//
// Failure: git's, of the first repository that could not be cleared up; the others are all the
// same. Thread: from any thread; pushes go on meanwhile.
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
