// Text in Telegram's unit: UTF-16 code units.
#pragma once

#include <string>
#include <string_view>

namespace control::telegram {

// Bytes that are not UTF-8, and U+0000, become U+FFFD.
[[nodiscard]] std::u16string to_utf16(std::string_view text);
// Half a surrogate pair becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::u16string_view text);

[[nodiscard]] constexpr bool is_high_surrogate(char16_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
[[nodiscard]] constexpr bool is_low_surrogate(char16_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

}  // namespace control::telegram
