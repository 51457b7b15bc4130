// Weaker tokens that the holder of a token creates.
#pragma once

#include "contracts/fields/field_list.h"

#include <chrono>

namespace contracts {

// `expires_in` in seconds: at most ten years.
inline constexpr Bounds kKeySeconds{1, std::chrono::seconds(std::chrono::days(3660)).count()};

}  // namespace contracts
