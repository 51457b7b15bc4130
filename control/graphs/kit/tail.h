// The end of a text that is too long to pass on.
#pragma once

#include <string>
#include <string_view>

namespace control::graphs {

// The last `most` bytes, cut at the beginning of a character.
[[nodiscard]] std::string tail_of(std::string_view text, std::size_t most);

}  // namespace control::graphs
