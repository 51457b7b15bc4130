// A worker's output in a form that every store can hold.
#pragma once

#include <string>

namespace control {

// Bytes that are not UTF-8, and U+0000, become U+FFFD.
[[nodiscard]] std::string storable(std::string text);

}  // namespace control
