// What the kernel counts of our container's memory, as its PID 1 sees it; cgroup v1 and v2 are both
// read, neither is required. All zero where there is none, or where we are not PID 1: the group is
// then not ours alone.
//
// The files stay open: each is looked at once or twice a run. Thread: the loop's.
#pragma once

#include "contracts/base/unique_fd.h"

#include <cstdint>

namespace wrapper {

class MemoryCounters {
public:
    MemoryCounters();

    // Processes that were killed for want of memory, since the container began.
    [[nodiscard]] std::int64_t oom_kills() const;
    // The most that was in use at once, since the container began.
    [[nodiscard]] std::int64_t peak_bytes() const;

private:
    contracts::UniqueFd events_;
    contracts::UniqueFd peak_;
};

}  // namespace wrapper
