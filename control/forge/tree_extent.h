// How much a commit unpacks to. A kilobyte of objects can refer to each other such that they
// describe billions of files, and a git that compares or checks these out uses up the memory.
// Listing them needs no memory, and can be stopped at any time.
//
// Failure: `invalid` if the tree is too large to unpack, or has a path that no file system accepts;
// git's own failures as in git.h. Thread: from any thread.
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

// Measures a commit in the bare repository at the path `repository`.
[[nodiscard]] contracts::Result<TreeExtent> measure_tree(const std::string& repository,
                                                         const std::string& commit);

}  // namespace control
