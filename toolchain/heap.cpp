// Where the objects of the static programs lie. Linked in place of the C++ runtime's operators,
// which throw: without memory the program ends and says so.
//
// ORCH_FIRST_OBJECTS, for a program that lives for a moment and has one thread: the bytes in which
// its first objects lie one after another; what they leave there is not used again. Such a program
// is over before they are full, and zig's malloc takes a mapping for each size of object, a third
// of a short command's time. 0: all is malloc's.
#include "toolchain/last_words.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#ifndef ORCH_FIRST_OBJECTS
#define ORCH_FIRST_OBJECTS 0
#endif

namespace {

constexpr std::size_t kAlign = alignof(std::max_align_t);
constexpr std::size_t kRoom = ORCH_FIRST_OBJECTS;
static_assert(kRoom % kAlign == 0);
alignas(kAlign) std::byte room[std::max<std::size_t>(kRoom, 1)];
std::size_t used = 0;

void* allocate(std::size_t size) {
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
