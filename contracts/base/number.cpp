#include "contracts/base/number.h"

#include <charconv>

namespace contracts {

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t low, std::int64_t high,
                                         int base) {
    if (low >= 0 && text.starts_with('-')) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, number, base);
    if (fault != std::errc{} || stop != end || number < low || number > high) return std::nullopt;
    return number;
}

}  // namespace contracts
