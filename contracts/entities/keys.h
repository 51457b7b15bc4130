// Weaker tokens that the holder of one makes.
#pragma once

#include "contracts/fields/field_list.h"

#include <chrono>

namespace contracts {

// Of `expires_in`: seconds, ten years at the most.
inline constexpr Bounds kKeySeconds{1, std::chrono::seconds(std::chrono::days(3660)).count()};

}  // namespace contracts
