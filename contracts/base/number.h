// Reads numbers from text.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace contracts {

// The whole of `text` as a number within [low, high]; empty: not a number. A sign is allowed
// only if `low` is negative.
[[nodiscard]] std::optional<std::int64_t> whole_number(
    std::string_view text, std::int64_t low,
    std::int64_t high = std::numeric_limits<std::int64_t>::max(), int base = 10);

}  // namespace contracts
