// Tables for people: rows with aligned columns, or one thing as a list of its fields.
#pragma once

#include "cli/command.h"
#include "cli/paint.h"

namespace cli {

[[nodiscard]] std::string table(const Outcome& outcome, Paint paint = Paint::none);

// One line, safe for a terminal: control characters, which an agent's text may contain, become
// blanks, and a text longer than `limit` characters ends in an ellipsis.
[[nodiscard]] std::string for_terminal(std::string_view text, std::size_t limit);

}  // namespace cli
