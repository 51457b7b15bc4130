// A text as messages that Telegram takes: at most 4096 UTF-16 units and 100 entities each.
//
// Cut where the reader minds it least: between paragraphs, else lines, else words, and never inside
// a surrogate pair. An entity that fits into a message lies whole in one; of a longer one each
// message has its part. Blanks at a cut are left out, and so is a message of blanks alone. Pure.
#pragma once

#include "control/messenger/telegram/formatting.h"

namespace control::telegram {

inline constexpr std::size_t kLongestText = 4096;
inline constexpr std::size_t kMostEntities = 100;

[[nodiscard]] std::vector<FormattedText> split(const FormattedText& text,
                                               std::size_t most = kLongestText);

}  // namespace control::telegram
