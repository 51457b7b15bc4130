// How often and how soon a graph retries (patience.h). A file of its own, so that readers of
// settings do not depend on graphs.
#pragma once

#include <chrono>
#include <cstdint>

namespace control::graphs {

struct PatienceSettings {
    std::int64_t tries = 3;                       // for a worker's turn that crashes or breaks
    std::int64_t upstream_tries = 5;              // for a turn that the provider refuses for now
    std::int64_t platform_tries = 8;              // for what the platform provides: a worker, the
                                                  // forge
    std::chrono::milliseconds crash_wait{1'000};  // first wait before another try; doubles
    std::chrono::milliseconds upstream_wait{5'000};
    std::chrono::milliseconds platform_wait{5'000};
    std::chrono::milliseconds longest_wait{300'000};
};

}  // namespace control::graphs
