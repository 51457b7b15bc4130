// One buffer for all data that is only passed on: its pages cost memory once, however many streams
// and relayed connections there are. The next read overwrites its contents. Thread: the loop's.
#pragma once

#include <span>

namespace wrapper {

[[nodiscard]] std::span<char> scratch();

}  // namespace wrapper
