// What a project's image may have beside its capabilities: a toolchain by its name ("python"), or a
// package of Debian ("apt:libpq-dev"). Which toolchains there are is the manager's to say.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

inline constexpr std::string_view kAptPrefix = "apt:";
inline constexpr std::size_t kMostPackages = 32;

// Whether it has the form of one of the two.
[[nodiscard]] bool is_package(std::string_view word);
// Of Debian's: lower case letters, digits and + - . , of two characters at least.
[[nodiscard]] bool is_debian_name(std::string_view name);
// "apt:NAME" without its prefix; empty: it is a toolchain.
[[nodiscard]] std::string_view debian_name_of(std::string_view word);

// Each once, in order.
[[nodiscard]] std::vector<std::string> sorted_packages(std::vector<std::string> words);

}  // namespace contracts
