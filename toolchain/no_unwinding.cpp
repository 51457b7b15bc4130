// Replaces the C++ runtime's unwinder and its dependencies in the static programs, a fifth of the
// wrapper. These programs are compiled without exceptions; if the C++ library would throw, they
// print the reason and end.
#include "toolchain/last_words.h"

#include <exception>
#include <new>
#include <typeinfo>

namespace {

void* allocate(std::size_t size) {
    void* memory = std::malloc(size);
    if (memory == nullptr) end_with("no memory");
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

void std::terminate() noexcept {
    end_with("std::terminate");
}

extern "C" {

void* __cxa_allocate_exception(std::size_t size) noexcept {
    return ::operator new(size);
}
[[noreturn]] void __cxa_throw(void*, std::type_info* type, void (*)(void*)) {
    end_with(type->name());
}
[[noreturn]] void __cxa_pure_virtual() {
    end_with("a virtual function that is not there");
}

// The C++ library refers to these in code after a throw, which is never reached.
void __cxa_free_exception(void*) noexcept {}
void* __cxa_begin_catch(void* exception) noexcept {
    return exception;
}
void __cxa_end_catch() {}
[[noreturn]] void __cxa_rethrow() {
    std::abort();
}
[[noreturn]] void _Unwind_Resume(void*) {
    std::abort();
}
[[noreturn]] int __gxx_personality_v0() {
    std::abort();
}
}
