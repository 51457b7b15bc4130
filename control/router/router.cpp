#include "control/router/router.h"

#include <algorithm>

namespace control {

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, [](char c) {
               return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
           });
}

}  // namespace

bool is_host_name(std::string_view name) {
    if (name.size() > kLongestName) return false;
    std::size_t labels = 0;
    for (std::string_view rest = name;; ++labels) {
        const std::size_t dot = rest.find('.');
        const std::string_view label = rest.substr(0, dot);
        if (!is_label(label)) return false;
        if (dot == std::string_view::npos)
            return labels > 0 && !std::ranges::all_of(label, is_digit);
        rest.remove_prefix(dot + 1);
    }
}

}  // namespace control
