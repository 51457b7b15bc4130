#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <random>
#include <string>
#include <vector>

// The functions of the static programs, next to those of this test's C library.
#define memmove tested_memmove
#define memcpy tested_memcpy
#define memset tested_memset
#define memcmp tested_memcmp
#define bcmp tested_bcmp
#define strlen tested_strlen
#include "toolchain/memory.cpp"
#undef memmove
#undef memcpy
#undef memset
#undef memcmp
#undef bcmp
#undef strlen

namespace {

constexpr std::size_t kMost = 100;  // several blocks, with a remainder of every size
constexpr std::size_t kRoom = 3 * kMost;

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string bytes(size, '\0');
    for (char& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

int sign(int number) {
    return (number > 0) - (number < 0);
}

}  // namespace

TEST_CASE("bytes are moved as they were, wherever they lie, over themselves too") {
    const std::string before = noise(kRoom);
    bool same = true;
    for (std::size_t size = 0; size <= kMost; ++size) {
        for (std::size_t from = 0; from <= kMost; from += 1 + from / 20) {
            for (std::size_t to = 0; to <= kMost; ++to) {
                std::string expected = before;
                std::string moved = before;
                std::memmove(expected.data() + to, before.data() + from, size);
                same &= tested_memmove(moved.data() + to, moved.data() + from, size) ==
                        moved.data() + to;
                same &= moved == expected;
            }
        }
    }
    CHECK(same);
}

TEST_CASE("bytes are copied, and set, and nothing beside them") {
    const std::string source = noise(kRoom);
    bool same = true;
    for (std::size_t size = 0; size <= kMost; ++size) {
        for (std::size_t at = 0; at < 20; ++at) {
            std::string expected(kRoom, '.');
            std::string copied = expected;
            std::memcpy(expected.data() + at, source.data() + size, size);
            same &=
                tested_memcpy(copied.data() + at, source.data() + size, size) == copied.data() + at;
            same &= copied == expected;
            std::memset(expected.data() + at, 0x1fe, size);
            same &= tested_memset(copied.data() + at, 0x1fe, size) == copied.data() + at;
            same &= copied == expected;
        }
    }
    CHECK(same);
}

TEST_CASE("bytes are compared as unsigned, by the first that differs") {
    const std::string one = noise(kMost);
    bool same = true;
    for (std::size_t size = 0; size <= kMost; ++size) {
        for (std::size_t first = 0; first < kMost; ++first) {
            std::string other = one;
            other[first] = static_cast<char>(one[first] + 0x80);
            if (first + 1 < kMost) other[first + 1] = static_cast<char>(~one[first + 1]);
            const int expected = sign(std::memcmp(one.data(), other.data(), size));
            same &= sign(tested_memcmp(one.data(), other.data(), size)) == expected;
            same &= (tested_bcmp(one.data(), other.data(), size) != 0) == (expected != 0);
        }
    }
    CHECK(same);
}

TEST_CASE("a text is as long as to its first zero, bytes with high bits included") {
    bool same = true;
    for (std::size_t at = 0; at < 16; ++at) {
        for (std::size_t size = 0; size < kMost; ++size) {
            for (const char filling : {'a', '\x01', '\x80', '\xff'}) {
                std::vector<char> text(kRoom, filling);
                text[at + size] = '\0';
                text[at + size + 1] = '\x01';
                same &= tested_strlen(text.data() + at) == size;
            }
        }
    }
    CHECK(same);
}
