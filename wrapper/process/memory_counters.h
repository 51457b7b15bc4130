// The kernel's memory counters of our container, as its PID 1 sees them. Reads cgroup v1 and v2 and
// requires neither. All values are zero if there is no cgroup, or if we are not PID 1, because the
// group then has other members.
//
// The files stay open: each is read once or twice a run. Thread: the loop's.
#pragma once

#include "contracts/base/unique_fd.h"

#include <cstdint>

namespace wrapper {

class MemoryCounters {
public:
    MemoryCounters();

    // Processes that were killed because memory ran out, since the container started.
    [[nodiscard]] std::int64_t oom_kills() const;
    // The highest use since the container started.
    [[nodiscard]] std::int64_t peak_bytes() const;

private:
    contracts::UniqueFd events_;
    contracts::UniqueFd peak_;
};

}  // namespace wrapper
