#include "control/jobs/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace control {

void in_parallel(std::size_t count, std::size_t threads, const std::stop_token& stop,
                 const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    const auto take_some = [&] {
        for (std::size_t i = next++; i < count && !stop.stop_requested(); i = next++)
            work(i);
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < std::min(count, threads); ++i)
        others.emplace_back(take_some);
    take_some();
}

}  // namespace control
