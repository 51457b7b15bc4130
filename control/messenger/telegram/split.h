// Splits a text into messages that Telegram accepts: at most 4096 UTF-16 units and 100 entities
// each.
//
// Cuts at the best place for the reader: between paragraphs, else lines, else words, and never
// inside a surrogate pair. An entity that fits into one message is never cut; a longer one
// continues in the next message. Blanks at a cut are left out, and so is a message of only blanks.
// Pure.
#pragma once

#include "control/messenger/telegram/formatting.h"

namespace control::telegram {

inline constexpr std::size_t kLongestText = 4096;
inline constexpr std::size_t kMostEntities = 100;

[[nodiscard]] std::vector<FormattedText> split(const FormattedText& text,
                                               std::size_t most = kLongestText);

}  // namespace control::telegram
