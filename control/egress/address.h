// Network addresses for the checks of the egress door. Pure: nothing here uses the network.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control::egress {

struct Address {
    bool six = false;
    std::array<std::uint8_t, 16> bytes{};  // network order; for IPv4 only the first four

    bool operator==(const Address&) const = default;
};

// "192.0.2.1" or "2001:db8::1" in `to_text`'s form, or any other RFC 4291 form of the latter.
// Empty: not an address, or one in a notation that only some programs support.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);

// Whether some program could read `host` as an address, in decimal, octal or hexadecimal, with one
// to four parts: its last label is a number. `parse_address` accepts only the plain form of these.
[[nodiscard]] bool is_address_like(std::string_view host);

// Whether it belongs to a machine on the public internet: not private, loopback, link-local,
// multicast, unspecified, reserved or a cloud's metadata, and without an embedded IPv4 or tunnel
// address (mapped, NAT64, 6to4, Teredo).
[[nodiscard]] bool is_public(const Address& address);

}  // namespace control::egress
