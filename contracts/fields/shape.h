// Describes an unexpected value for the text after ", not": its shape and never its content, which
// may be a secret.
#pragma once

#include "contracts/base/json.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace contracts {

// "a number", "text of 12 bytes", "an array of 3", …
[[nodiscard]] std::string shape_of(const Json& value);
[[nodiscard]] std::string shape_of_text(std::string_view text);
// The same for a text that should be a whole number of at least `low`: "a smaller number", "a
// larger number", or text.
[[nodiscard]] std::string shape_of_number(std::string_view text, std::int64_t low);

}  // namespace contracts
