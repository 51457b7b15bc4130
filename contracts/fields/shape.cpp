#include "contracts/fields/shape.h"

#include <charconv>

namespace contracts {

std::string shape_of(const Json& value) {
    if (value.is_boolean()) return "true or false";
    if (value.is_number()) return value.is_number_float() ? "a fraction" : "a number";
    if (value.is_string()) return shape_of_text(value.get_ref<const std::string&>());
    if (value.is_array()) return "an array of " + std::to_string(value.size());
    if (value.is_object()) return "an object";
    return "null";
}

std::string shape_of_text(std::string_view text) {
    return "text of " + std::to_string(text.size()) + (text.size() == 1 ? " byte" : " bytes");
}

std::string shape_of_number(std::string_view text, std::int64_t low) {
    std::int64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (rest != text.data() + text.size() || error == std::errc::invalid_argument)
        return shape_of_text(text);
    const bool smaller = error == std::errc{} ? number < low : text.starts_with('-');
    return smaller ? "a smaller number" : "a larger number";
}

}  // namespace contracts
