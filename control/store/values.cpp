#include "control/store/values.h"

#include <cstring>

namespace control {

namespace {

constexpr bool is_ascii_word(std::uint64_t eight) {
    return (eight & 0x8080808080808080U) == 0;
}

// The number of bytes of the character that begins at `text[at]`; 0: none begins there.
std::size_t character_size(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    const unsigned char first = byte(at);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() - at < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(at + 1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool too_high = first == 0xf4 && second > 0x8f;
    return overlong || surrogate || too_high ? 0 : size;
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        std::uint64_t eight = 0;
        while (text.size() - at >= sizeof eight) {
            std::memcpy(&eight, text.data() + at, sizeof eight);
            if (!is_ascii_word(eight)) break;
            at += sizeof eight;
        }
        if (at == text.size()) break;
        const std::size_t size = character_size(text, at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

}  // namespace

Result<void> check_values(const std::vector<Value>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto* text = std::get_if<std::string>(&values[i]);
        if (text == nullptr) continue;
        const auto refuse = [&](std::string_view why, std::string_view next_step) {
            return fail(ErrorKind::invalid,
                        "value " + std::to_string(i + 1) + ' ' + std::string(why), {},
                        std::string(next_step));
        };
        if (text->find('\0') != std::string::npos)
            return refuse("contains the character U+0000", "remove it: the store cannot hold it");
        if (!is_utf8(*text)) return refuse("is not UTF-8", "send text as UTF-8");
    }
    return {};
}

}  // namespace control
