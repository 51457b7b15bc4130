// Network addresses as the egress door judges them. Pure: nothing here asks the network.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace control::egress {

struct Address {
    bool six = false;
    std::array<std::uint8_t, 16> bytes{};  // network order; of IPv4 the first four

    bool operator==(const Address&) const = default;
};

// "192.0.2.1" or "2001:db8::1" as `to_text` writes them, or any other RFC 4291 form of the latter.
// Empty: it is not an address, or one in a notation that only some programs read.
[[nodiscard]] std::optional<Address> parse_address(std::string_view text);
[[nodiscard]] std::string to_text(const Address& address);

// Whether some program would take `host` for an address, in decimal, octal or hexadecimal, of one
// to four parts: its last label is a number. `parse_address` reads only the plain form of these.
[[nodiscard]] bool is_address_like(std::string_view host);

// Whether it belongs to a machine of the public internet: not private, loopback, link-local,
// multicast, unspecified, reserved or a cloud's metadata, and none that holds an IPv4 address or
// a tunnel's (mapped, NAT64, 6to4, Teredo).
[[nodiscard]] bool is_public(const Address& address);

}  // namespace control::egress
