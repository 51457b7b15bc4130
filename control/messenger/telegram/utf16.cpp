#include "control/messenger/telegram/utf16.h"

namespace control::telegram {

namespace {

constexpr char32_t kReplacement = 0xfffd;

// The character that begins at `at`, which moves past it; past one byte if the character is
// invalid.
char32_t next_character(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    if (lead < 0x80) return lead == 0 ? kReplacement : lead;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text.size() - at < static_cast<std::size_t>(more))
        return kReplacement;
    char32_t character = lead & (0x3f >> more);
    for (int i = 0; i < more; ++i) {
        const auto byte = static_cast<unsigned char>(text[at + static_cast<std::size_t>(i)]);
        if ((byte & 0xc0) != 0x80) return kReplacement;
        character = character << 6 | (byte & 0x3f);
    }
    constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    if (character < kSmallest[more] || character > 0x10ffff ||
        (character >= 0xd800 && character < 0xe000))
        return kReplacement;
    at += static_cast<std::size_t>(more);
    return character;
}

void append_utf8(std::string& out, char32_t character) {
    const auto tail = [&](int shift) {
        out += static_cast<char>(0x80 | ((character >> shift) & 0x3f));
    };
    if (character < 0x80) {
        out += static_cast<char>(character);
    } else if (character < 0x800) {
        out += static_cast<char>(0xc0 | character >> 6);
        tail(0);
    } else if (character < 0x10000) {
        out += static_cast<char>(0xe0 | character >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | character >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const char32_t character = next_character(text, at);
        if (character < 0x10000) {
            out += static_cast<char16_t>(character);
            continue;
        }
        out += static_cast<char16_t>(0xd800 + ((character - 0x10000) >> 10));
        out += static_cast<char16_t>(0xdc00 + ((character - 0x10000) & 0x3ff));
    }
    return out;
}

std::string to_utf8(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char16_t unit = text[i];
        if (is_high_surrogate(unit) && i + 1 < text.size() && is_low_surrogate(text[i + 1])) {
            const char32_t high = unit - 0xd800u, low = text[++i] - 0xdc00u;
            append_utf8(out, 0x10000 + (high << 10) + low);
        } else {
            const bool half = is_high_surrogate(unit) || is_low_surrogate(unit);
            append_utf8(out, half ? kReplacement : unit);
        }
    }
    return out;
}

}  // namespace control::telegram
