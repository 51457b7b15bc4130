// Replaces zig's memcpy and related functions in the static programs, which go byte by byte when
// built for size. Uses blocks of 16 bytes and words of 8, for short data: keys, paths, messages,
// environments. Compiled without link-time optimisation, so that the compiler does not turn these
// loops into calls of themselves.
#include <bit>
#include <cstddef>
#include <cstdint>

static_assert(std::endian::native == std::endian::little);

namespace {

// Loads and stores without alignment, of memory of any type.
template <class Whole>
struct [[gnu::packed, gnu::may_alias]] Unaligned {
    Whole value;
};
using Block = unsigned char __attribute__((vector_size(16)));

template <class Whole>
Whole load(const unsigned char* from) {
    return reinterpret_cast<const Unaligned<Whole>*>(from)->value;
}
template <class Whole>
void store(unsigned char* to, Whole value) {
    reinterpret_cast<Unaligned<Whole>*>(to)->value = value;
}

// Moves both ends, which may overlap: everything is loaded before anything is stored.
template <class Whole>
void move_ends(unsigned char* to, const unsigned char* from, std::size_t size) {
    const auto last = load<Whole>(from + size - sizeof(Whole));
    const auto first = load<Whole>(from);
    store(to + size - sizeof(Whole), last);
    store(to, first);
}

constexpr std::size_t kBlock = sizeof(Block);
constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
constexpr std::uint64_t kHighs = 0x8080'8080'8080'8080;

}  // namespace

extern "C" {

void* memmove(void* destination, const void* source, std::size_t size) {
    auto* const to = static_cast<unsigned char*>(destination);
    const auto* const from = static_cast<const unsigned char*>(source);
    if (size < kBlock) {
        if (size >= 8)
            move_ends<std::uint64_t>(to, from, size);
        else if (size >= 4)
            move_ends<std::uint32_t>(to, from, size);
        else if (size >= 2)
            move_ends<std::uint16_t>(to, from, size);
        else if (size != 0)
            *to = *from;
        return destination;
    }
    // The last block is loaded first, since the loop may overwrite its bytes.
    if (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from) >= size) {
        const auto last = load<Block>(from + size - kBlock);
        for (std::size_t at = 0; at + kBlock < size; at += kBlock)
            store(to + at, load<Block>(from + at));
        store(to + size - kBlock, last);
    } else {
        const auto first = load<Block>(from);
        for (std::size_t at = size; at > kBlock; at -= kBlock)
            store(to + at - kBlock, load<Block>(from + at - kBlock));
        store(to, first);
    }
    return destination;
}

void* memcpy(void* destination, const void* source, std::size_t size) {
    return memmove(destination, source, size);
}

void* memset(void* destination, int byte, std::size_t size) {
    auto* const to = static_cast<unsigned char*>(destination);
    const Block block = Block{} + static_cast<unsigned char>(byte);
    std::size_t at = 0;
    for (; at + kBlock <= size; at += kBlock)
        store(to + at, block);
    for (; at < size; ++at)
        to[at] = static_cast<unsigned char>(byte);
    return destination;
}

int memcmp(const void* one, const void* other, std::size_t size) {
    const auto* a = static_cast<const unsigned char*>(one);
    const auto* b = static_cast<const unsigned char*>(other);
    for (; size >= 8; size -= 8, a += 8, b += 8)
        if (load<std::uint64_t>(a) != load<std::uint64_t>(b)) break;
    for (; size != 0; --size, ++a, ++b)
        if (*a != *b) return *a - *b;
    return 0;
}

int bcmp(const void* one, const void* other, std::size_t size) {
    return memcmp(one, other, size);
}

// An aligned word never crosses into a page that does not belong to the text.
std::size_t strlen(const char* text) {
    const char* at = text;
    for (; reinterpret_cast<std::uintptr_t>(at) % 8 != 0; ++at)
        if (*at == '\0') return static_cast<std::size_t>(at - text);
    for (;; at += 8) {
        const auto word = load<std::uint64_t>(reinterpret_cast<const unsigned char*>(at));
        if (const std::uint64_t zeros = (word - kOnes) & ~word & kHighs; zeros != 0)
            return static_cast<std::size_t>(at - text) + std::countr_zero(zeros) / 8;
    }
}

}  // extern "C"
