// The marks inside a paragraph: emphasis, code and links.
#pragma once

#include "control/messenger/telegram/entity_writer.h"

namespace control::telegram {

// An ASCII letter or digit, or any character outside of ASCII.
[[nodiscard]] constexpr bool is_word(char16_t c) {
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') ||
           c >= 0x80;
}

// Writes the paragraph's text, without the marks that have a partner.
void read_marks(std::u16string_view paragraph, EntityWriter& out);

}  // namespace control::telegram
