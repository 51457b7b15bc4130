#include "contracts/messages/packages.h"

#include <algorithm>

namespace contracts {

namespace {

constexpr std::size_t kLongestToolchain = 32;
constexpr std::size_t kLongestPackage = 128;

bool is_small_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_toolchain_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestToolchain && is_small_or_digit(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_small_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_debian_name(std::string_view name) {
    return name.size() >= 2 && name.size() <= kLongestPackage && is_small_or_digit(name.front()) &&
           // For apt, NAME- means to remove the package.
           name.back() != '-' && std::ranges::all_of(name, [](char c) {
               return is_small_or_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

std::string_view debian_name_of(std::string_view word) {
    return word.starts_with(kAptPrefix) ? word.substr(kAptPrefix.size()) : std::string_view();
}

bool is_package(std::string_view word) {
    return word.starts_with(kAptPrefix) ? is_debian_name(debian_name_of(word))
                                        : is_toolchain_name(word);
}

std::vector<std::string> sorted_packages(std::vector<std::string> words) {
    std::ranges::sort(words);
    words.erase(std::ranges::unique(words).begin(), words.end());
    return words;
}

}  // namespace contracts
