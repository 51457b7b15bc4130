// Patterns of the hosts and ports that a worker may reach, such as "pypi.org",
// "*.example.org:8443", "*:443" or "10.0.0.5:443". Pure.
#pragma once

#include "contracts/base/result.h"
#include "control/egress/address.h"

namespace control::egress {

inline constexpr std::uint16_t kUsualPort = 443;

// A requested host and port.
struct Target {
    std::string host;  // lower case, without a trailing dot; an address in `to_text`'s form
    std::optional<Address> address{};  // set if `host` is one
    std::uint16_t port = kUsualPort;

    bool operator==(const Target&) const = default;
};

// Parses "host:443" or "[::1]:443"; without a port, the port is `usual`. Fails with `invalid`: a
// name that DNS cannot have, an address in an unusual notation, an invalid port.
[[nodiscard]] contracts::Result<Target> parse_target(std::string_view text, std::uint16_t usual);
[[nodiscard]] std::string to_text(const Target& target);

struct Pattern {
    enum class Hosts {
        one,    // only `host`
        below,  // every name that ends in ".host"
        every,  // every name, but no address
    };
    Hosts hosts = Hosts::one;
    Target target{};

    bool operator==(const Pattern&) const = default;
};

// Fails with `invalid` and an example of a pattern.
[[nodiscard]] contracts::Result<Pattern> parse_pattern(std::string_view text);
[[nodiscard]] std::string to_text(const Pattern& pattern);
[[nodiscard]] bool matches(const Pattern& pattern, const Target& target);

}  // namespace control::egress
