// How much a commit unpacks to. A kilobyte of objects can name each other into billions of files,
// and a git that compares or checks these out takes all the memory there is. Listing them takes
// none, and ends when it is told.
//
// Failure: `invalid` when the tree is more than anybody should unpack, or has a path that no file
// system takes; git's own trouble as in git.h. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace control {

struct TreeExtent {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;
    // Paths with a link to another repository's commit; at most 20.
    std::vector<std::string> links;
};

// Of a commit in the bare repository at the path `repository`.
[[nodiscard]] contracts::Result<TreeExtent> measure_tree(const std::string& repository,
                                                         const std::string& commit);

}  // namespace control
