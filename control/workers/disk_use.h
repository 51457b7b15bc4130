// The disk space of a tree that an agent has written. No link is followed, no other file system is
// entered; a file with several names counts once. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>

namespace control {

// A tree with more files or deeper directories is not read to its end.
inline constexpr std::int64_t kMostFiles = 2'000'000;
inline constexpr int kDeepest = 256;

struct DiskUse {
    std::int64_t bytes = 0;  // on the disk
    std::int64_t files = 0;  // including directories
    bool too_many = false;   // more than kMostFiles, or deeper than kDeepest
};

// Adds the space below `directory`. If it does not exist, nothing is added. Entries that cannot be
// read or have disappeared are left out. Failure: the errno's, for `directory` itself.
[[nodiscard]] contracts::Result<void> add_disk_use(const std::string& directory, DiskUse& use);

}  // namespace control
