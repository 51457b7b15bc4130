// JSON as it arrives from agents and the terminals and shells around them: with escape sequences, a
// byte order mark, text before or after it, broken UTF-8. Pure functions.
#pragma once

#include "contracts/base/json.h"

#include <string>
#include <string_view>

namespace wrapper {

// Bytes that are not UTF-8, and escapes of half a surrogate pair, become U+FFFD. Fails with
// `invalid` and the place where `text` stops being JSON.
[[nodiscard]] contracts::Result<contracts::Json> read_event(std::string_view text);

// `text` without the escape sequences of a terminal. A JSON document loses nothing: it writes ESC
// as \u001b.
[[nodiscard]] std::string without_escapes(std::string_view text);

// Removes the next object, from "{" to its own "}", from the front of `text`, together with
// everything before it. Returns nothing, and empties `text`, if no complete object follows, or if
// control characters that no terminal prints come before it. Does not check that the object is
// JSON.
[[nodiscard]] std::string_view next_object(std::string_view& text);

}  // namespace wrapper
