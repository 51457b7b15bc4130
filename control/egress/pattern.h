// Where a worker may go: patterns of host and port, such as "pypi.org", "*.example.org:8443",
// "*:443" or "10.0.0.5:443". Pure.
#pragma once

#include "contracts/base/result.h"
#include "control/egress/address.h"

namespace control::egress {

inline constexpr std::uint16_t kUsualPort = 443;

// A host and a port as somebody asks for them.
struct Target {
    std::string host;  // lower case, without a dot at its end; an address in `to_text`'s form
    std::optional<Address> address{};  // where `host` is one
    std::uint16_t port = kUsualPort;

    bool operator==(const Target&) const = default;
};

// "host:443", "[::1]:443"; without a port `usual`. Fails with `invalid`: a name that DNS cannot
// have, an address in a notation of its own, a port that is not one.
[[nodiscard]] contracts::Result<Target> parse_target(std::string_view text, std::uint16_t usual);
[[nodiscard]] std::string to_text(const Target& target);

struct Pattern {
    enum class Hosts {
        one,    // `host` alone
        below,  // every name that ends in ".host"
        every,  // every name; no address
    };
    Hosts hosts = Hosts::one;
    Target target{};

    bool operator==(const Pattern&) const = default;
};

// Fails with `invalid` and says what a pattern looks like.
[[nodiscard]] contracts::Result<Pattern> parse_pattern(std::string_view text);
[[nodiscard]] std::string to_text(const Pattern& pattern);
[[nodiscard]] bool matches(const Pattern& pattern, const Target& target);

}  // namespace control::egress
