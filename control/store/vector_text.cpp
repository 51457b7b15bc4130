#include "control/store/vector_text.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace control {

namespace {

constexpr float kSteps = 32767;
constexpr std::string_view kHexDigits = "0123456789abcdef";

}  // namespace

std::string vector_text(const std::vector<float>& vector) {
    double squares = 0;
    for (const float number : vector)
        squares += static_cast<double>(number) * number;
    const double length = std::sqrt(squares);
    if (!std::isfinite(length) || length <= 0) return {};
    std::string text;
    text.reserve(vector.size() * 4);
    for (const float number : vector) {
        const auto step = static_cast<std::int16_t>(std::lround(number / length * kSteps));
        const auto bits = static_cast<std::uint16_t>(step);
        for (int shift = 12; shift >= 0; shift -= 4)
            text += kHexDigits[(bits >> shift) & 0xf];
    }
    return text;
}

std::optional<std::vector<float>> vector_of(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::vector<float> vector;
    vector.reserve(text.size() / 4);
    for (; !text.empty(); text.remove_prefix(4)) {
        std::uint16_t bits = 0;
        const auto read = std::from_chars(text.data(), text.data() + 4, bits, 16);
        if (read.ec != std::errc() || read.ptr != text.data() + 4) return std::nullopt;
        vector.push_back(static_cast<float>(static_cast<std::int16_t>(bits)) / kSteps);
    }
    return vector;
}

float product(const std::vector<float>& one, const std::vector<float>& other) {
    return std::inner_product(one.begin(), one.end(), other.begin(), 0.0F);
}

}  // namespace control
