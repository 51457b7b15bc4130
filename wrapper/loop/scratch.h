// One buffer through which everything is copied that need not stay: its pages cost memory once,
// however many streams and relayed connections there are. Its contents are anybody's after the next
// read. Thread: the loop's.
#pragma once

#include <span>

namespace wrapper {

[[nodiscard]] std::span<char> scratch();

}  // namespace wrapper
