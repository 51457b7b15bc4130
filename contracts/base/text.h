// Small changes of text that do not depend on a locale.
#pragma once

#include <string>
#include <string_view>

namespace contracts {

inline constexpr std::string_view kBlanks = " \t\r\n";

// The text without the blanks around it: spaces, tabs and line ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text,
                                                 std::string_view blanks = kBlanks) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// ASCII letters only; other bytes stay as they are.
[[nodiscard]] constexpr char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered)
        c = lower_case(c);
    return lowered;
}

// The beginning of a UTF-8 text: at most `most` bytes, cut between characters.
[[nodiscard]] constexpr std::string_view beginning(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return text.substr(0, most);
}

// The texts of a range, with `between` in each gap.
template <class Range>
[[nodiscard]] std::string joined(const Range& texts, std::string_view between = ", ") {
    std::string all;
    bool first = true;
    for (const auto& text : texts) {
        if (!first) all += between;
        all += text;
        first = false;
    }
    return all;
}

}  // namespace contracts
