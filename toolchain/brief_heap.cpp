// heap.cpp for a program that lives for a moment and has one thread. Its first objects lie one
// after another in a place of its own, and what they leave is not used again: a command is over
// before it is full, and zig's malloc takes a mapping for each size of object, a third of a short
// command's time. What finds no room there is malloc's.
#include "toolchain/last_words.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace {

constexpr std::size_t kRoom = 48 * 1024;
alignas(std::max_align_t) std::byte room[kRoom];
std::size_t used = 0;

void* allocate(std::size_t size) {
    constexpr std::size_t kAlign = alignof(std::max_align_t);
    size = std::max<std::size_t>(size, 1);
    if (size <= kRoom - used) {
        const std::size_t whole = (size + kAlign - 1) / kAlign * kAlign;
        return room + std::exchange(used, used + whole);
    }
    void* memory = std::malloc(size);
    if (memory == nullptr) end_with("no memory");
    return memory;
}

void release(void* memory) noexcept {
    const auto at = reinterpret_cast<std::uintptr_t>(memory);
    if (at - reinterpret_cast<std::uintptr_t>(room) >= kRoom) std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void operator delete(void* memory) noexcept {
    release(memory);
}
void operator delete[](void* memory) noexcept {
    release(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    release(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    release(memory);
}
