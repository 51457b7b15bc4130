// The hosts from which a worker's tools fetch packages: one table, by capability and toolchain.
#pragma once

#include <span>
#include <string_view>

namespace control::egress {

// Patterns; none for a word that needs no host. "apt:NAME" is treated like "apt".
[[nodiscard]] std::span<const std::string_view> registries_of(std::string_view capability);

}  // namespace control::egress
