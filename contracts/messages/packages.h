// What a project's image may have besides its capabilities: a toolchain by its name ("python"), or
// a Debian package ("apt:libpq-dev"). The manager decides which toolchains there are.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

inline constexpr std::string_view kAptPrefix = "apt:";
inline constexpr std::size_t kMostPackages = 32;

// Whether `word` has one of these two forms.
[[nodiscard]] bool is_package(std::string_view word);
// Debian's rule: lower-case letters, digits and + - . , at least two characters.
[[nodiscard]] bool is_debian_name(std::string_view name);
// "apt:NAME" without its prefix; empty: it is a toolchain.
[[nodiscard]] std::string_view debian_name_of(std::string_view word);

// Each once, in order.
[[nodiscard]] std::vector<std::string> sorted_packages(std::vector<std::string> words);

}  // namespace contracts
