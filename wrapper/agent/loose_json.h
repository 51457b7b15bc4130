// JSON as agents, and the terminals and shells around them, hand it on: with escape sequences, a
// byte order mark, words before or behind it, broken UTF-8. Values only; nothing is kept.
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

// Takes the next object, "{" to its own "}", off the front of `text`, with whatever stands before
// it. Empty: there is no whole object, or control characters stand before it that no terminal
// prints; `text` is then empty too. Whether the object is JSON is for its reader to say.
[[nodiscard]] std::string_view next_object(std::string_view& text);

}  // namespace wrapper
