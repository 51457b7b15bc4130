// SHA-256 (FIPS 180-4): names of images, tokens at rest, checksums of the journal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace contracts {

using Sha256Digest = std::array<std::uint8_t, 32>;

// For bytes that arrive in pieces. Not to be used after `finish`.
class Sha256 {
public:
    void update(std::string_view bytes);
    [[nodiscard]] Sha256Digest finish();

private:
    void compress(const std::uint8_t* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> block_{};
    std::size_t filled_ = 0;    // of block_
    std::uint64_t length_ = 0;  // bytes seen
};

[[nodiscard]] Sha256Digest sha256(std::string_view bytes);
// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Sha256Digest& digest);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

// Takes the same time wherever the texts differ; only a difference in length is visible.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace contracts
