#include "contracts/base/id.h"

#include <sys/random.h>
#include <bit>
#include <cerrno>

namespace contracts {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string to_hex(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte byte : bytes) {
        text += kHexDigits[std::to_integer<unsigned>(byte) >> 4];
        text += kHexDigits[std::to_integer<unsigned>(byte) & 15];
    }
    return text;
}

// RFC 9562: version in the high bits of byte 6, variant in those of byte 8.
std::string format_uuid(std::array<std::byte, 16> bytes, unsigned version) {
    bytes[6] = (bytes[6] & std::byte{0x0f}) | static_cast<std::byte>(version << 4);
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    std::string text = to_hex(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U})
        text.insert(dash, 1, '-');
    return text;
}

}  // namespace

void fill_random(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            __builtin_trap();  // no secure randomness: continuing would make guessable ids
        }
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

std::uint32_t random_number() {
    std::array<std::byte, sizeof(std::uint32_t)> bytes;
    fill_random(bytes);
    return std::bit_cast<std::uint32_t>(bytes);
}

std::string random_hex(std::size_t count) {
    std::string bytes(count, '\0');
    fill_random(std::as_writable_bytes(std::span(bytes)));
    return to_hex(std::as_bytes(std::span(bytes)));
}

std::string make_uuid4() {
    std::array<std::byte, 16> bytes;
    fill_random(bytes);
    return format_uuid(bytes, 4);
}

std::string make_uuid7(Timestamp time) {
    std::array<std::byte, 16> bytes;
    fill_random(bytes);
    const auto ms = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (unsigned i = 0; i < 6; ++i)
        bytes[i] = static_cast<std::byte>(ms >> (40 - 8 * i));
    return format_uuid(bytes, 7);
}

}  // namespace contracts
