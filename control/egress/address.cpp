#include "control/egress/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <algorithm>
#include <span>

namespace control::egress {

namespace {

constexpr std::size_t kLongestAddress = INET6_ADDRSTRLEN - 1;

struct Range {
    std::array<std::uint8_t, 6> first;  // the beginning of an address
    unsigned bits;
};

// IANA's special-purpose registries, and the metadata addresses of clouds.
constexpr Range kNotPublicFour[] = {
    {{0}, 8},                  // this network
    {{10}, 8},                 // private
    {{100, 64}, 10},           // carriers' own
    {{127}, 8},                // loopback
    {{169, 254}, 16},          // link-local, and most clouds' metadata
    {{172, 16}, 12},           // private
    {{168, 63, 129, 16}, 32},  // Azure's platform
    {{192, 0, 0}, 24},         // protocols' own
    {{192, 0, 2}, 24},         // documentation
    {{192, 88, 99}, 24},       // 6to4 relays
    {{192, 168}, 16},          // private
    {{198, 18}, 15},           // benchmarks
    {{198, 51, 100}, 24},      // documentation
    {{203, 0, 113}, 24},       // documentation
    {{224}, 4},                // multicast
    {{240}, 4},                // reserved, and broadcast
};
// Within 2000::/3; nothing outside of it is public.
constexpr Range kNotPublicSix[] = {
    {{0x20, 0x01, 0x00}, 23},        // for protocols, including Teredo and ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x20, 0x02}, 16},              // 6to4
    {{0x3f, 0xff, 0x00}, 20},        // documentation
};
constexpr Range kGlobalSix{{0x20}, 3};

bool is_within(const Address& address, const Range& range) {
    unsigned bits = range.bits;
    for (std::size_t i = 0; bits > 0; ++i) {
        const unsigned here = std::min(bits, 8U);
        const auto mask = static_cast<std::uint8_t>(0xff00U >> here);
        if (((address.bytes[i] ^ range.first[i]) & mask) != 0) return false;
        bits -= here;
    }
    return true;
}

bool is_within_any(const Address& address, std::span<const Range> ranges) {
    return std::ranges::any_of(ranges,
                               [&](const Range& range) { return is_within(address, range); });
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
    if (text.size() > kLongestAddress || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string whole(text);
    Address address;
    address.six = text.find(':') != std::string_view::npos;
    if (::inet_pton(address.six ? AF_INET6 : AF_INET, whole.c_str(), address.bytes.data()) != 1)
        return std::nullopt;
    return address;
}

std::string to_text(const Address& address) {
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(address.six ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
    return text;
}

bool is_address_like(std::string_view host) {
    if (host.find(':') != std::string_view::npos) return true;
    if (host.ends_with('.')) host.remove_suffix(1);
    const std::string_view last = host.substr(host.rfind('.') + 1);
    return is_digits(last) || last.starts_with("0x") || last.starts_with("0X");
}

bool is_public(const Address& address) {
    if (!address.six) return !is_within_any(address, kNotPublicFour);
    return is_within(address, kGlobalSix) && !is_within_any(address, kNotPublicSix);
}

}  // namespace control::egress
