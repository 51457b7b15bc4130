// How much room a tree takes that an agent has written. No link is followed, no other file system
// entered; a file with several names counts once. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <cstdint>
#include <string>

namespace control {

// A tree of more files or deeper directories is not walked to its end.
inline constexpr std::int64_t kMostFiles = 2'000'000;
inline constexpr int kDeepest = 256;

struct DiskUse {
    std::int64_t bytes = 0;  // on the disk
    std::int64_t files = 0;  // directories as well
    bool too_many = false;   // more than kMostFiles, or deeper than kDeepest
};

// Adds what is below `directory`. One that is not there adds nothing. What cannot be read or has
// gone meanwhile is left out. Failure: the errno's, of `directory` itself.
[[nodiscard]] contracts::Result<void> add_disk_use(const std::string& directory, DiskUse& use);

}  // namespace control
