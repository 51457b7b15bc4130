// Finds the name that was probably meant by a mistyped one.
#pragma once

#include <span>
#include <string_view>

namespace contracts {

// How many slips turn one word into the other: a letter that is wrong, missing or extra, or two
// that are swapped (optimal string alignment).
[[nodiscard]] std::size_t slips_between(std::string_view one, std::string_view other);

// The candidate with the fewest slips to `word` (above), if they are few for its length; empty:
// nothing is near. Of equal candidates the first.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

}  // namespace contracts
