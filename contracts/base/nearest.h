// What somebody may have meant who mistyped a name.
#pragma once

#include <span>
#include <string_view>

namespace contracts {

// How many slips make one word of another: a letter wrong, left out, too many, or two of them
// swapped (optimal string alignment).
[[nodiscard]] std::size_t slips_between(std::string_view one, std::string_view other);

// The candidate with the fewest slips to `word` (above), where these are few for its length; empty:
// nothing is near. The first of equals.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace contracts
