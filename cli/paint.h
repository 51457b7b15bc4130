// Colours, for terminals whose owner wants them (NO_COLOR is not set and TERM is not "dumb").
#pragma once

#include <string>
#include <string_view>

namespace cli {

enum class Paint { none, colours };
enum class Colour { none, bold, red, green, yellow };

[[nodiscard]] inline std::string painted(std::string_view text, Colour colour, Paint paint) {
    constexpr std::string_view kBegin[] = {"", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m"};
    if (paint == Paint::none || colour == Colour::none) return std::string(text);
    return std::string(kBegin[static_cast<std::size_t>(colour)]).append(text).append("\x1b[0m");
}

}  // namespace cli
