// What somebody may have meant who mistyped a name.
#pragma once

#include <span>
#include <string_view>

namespace contracts {

// The candidate that takes the fewest slips to become `word` (a letter wrong, left out, too many or
// two of them swapped), where these are few for its length; empty: nothing is near. The first of
// equals.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace contracts
