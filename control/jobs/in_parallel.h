// Many small jobs that wait for something, a bounded number of them at once.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace control {

// Runs `work(0)` to `work(count - 1)`, each once, on at most `threads` threads, and returns when
// all have ended. Jobs that have not begun when a stop is asked for are left out. `work` must not
// throw.
void in_parallel(std::size_t count, std::size_t threads, const std::stop_token& stop,
                 const std::function<void(std::size_t)>& work);

}  // namespace control
