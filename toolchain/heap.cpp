// The allocator of the static programs. It replaces zig's malloc, which takes locks for threads
// that these programs do not have and makes a mapping for each size of object: a fifth of the
// wrapper's own instructions in a task, a third of a short command's time.
//
// A block is an 8-byte header and the user's memory. Its size is that of its class: in steps of 16
// bytes up to 512, then of a quarter up to 64 KiB. A freed block is kept for its class; new ones
// are cut from a region. Larger blocks are separate mappings, which free returns to the kernel. On
// failure: null and ENOMEM. Single-threaded.
#include <sys/mman.h>
#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t kUnit = 16;
constexpr std::size_t kHeader = 8;
constexpr std::size_t kFine = 32;     // number of classes that are one unit apart
constexpr std::size_t kClasses = 60;  // the last class is 64 KiB
constexpr std::size_t kRegion = 256 << 10;
// Short-lived programs end before this is full, and need no mapping.
constexpr std::size_t kFirstRegion = 64 << 10;
constexpr std::size_t kMost = PTRDIFF_MAX - kRegion;

// The header: the block's class, or its mapping's size, which is larger than any class number.
struct Block {
    std::uint64_t kind;
    Block* next;  // only while the block is free
};
// The offset of the block in a mapping, so that the memory after its header is fully aligned.
constexpr std::size_t kBeforeBlock = kUnit - kHeader;

alignas(kUnit) std::byte first_region[kFirstRegion];
std::byte* region = first_region + kBeforeBlock;
std::byte* region_end = first_region + kFirstRegion;
Block* unused[kClasses];

void* memory_of(Block* block) {
    return reinterpret_cast<std::byte*>(block) + kHeader;
}
Block* block_of(void* memory) {
    return reinterpret_cast<Block*>(static_cast<std::byte*>(memory) - kHeader);
}

std::size_t class_of(std::size_t size) {
    const std::size_t units = (size + kHeader - 1) / kUnit;  // number of units after the first
    if (units < kFine) return units;
    const auto shift = static_cast<std::size_t>(std::bit_width(units)) - 3;
    return kFine + (shift - 3) * 4 + (units >> shift) % 4;
}

// The size including the header.
std::size_t size_of_class(std::size_t number) {
    if (number < kFine) return (number + 1) * kUnit;
    const std::size_t coarse = number - kFine;
    return ((coarse % 4 + 5) << (coarse / 4 + 3)) * kUnit;
}

// The number of bytes that the owner may use.
std::size_t capacity_of(const Block* block) {
    if (block->kind < kClasses) return size_of_class(block->kind) - kHeader;
    return block->kind - kUnit;
}

std::byte* map(std::size_t size) {
    void* mapped =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mapped == MAP_FAILED ? nullptr : static_cast<std::byte*>(mapped);
}

Block* cut(std::size_t size) {
    if (size > static_cast<std::size_t>(region_end - region)) {
        std::byte* more = map(kRegion);
        if (more == nullptr) return nullptr;
        region = more + kBeforeBlock;
        region_end = more + kRegion;
    }
    auto* block = reinterpret_cast<Block*>(region);
    region += size;
    return block;
}

std::size_t size_of_mapping(std::size_t size) {
    constexpr std::size_t kPage = 4096;  // a kernel with larger pages rounds up
    return (size + kUnit + kPage - 1) / kPage * kPage;
}

void* allocate(std::size_t size) {
    if (size > kMost) return nullptr;
    const std::size_t number = class_of(size);
    if (number >= kClasses) {
        const std::size_t whole = size_of_mapping(size);
        std::byte* mapped = map(whole);
        if (mapped == nullptr) return nullptr;
        auto* block = reinterpret_cast<Block*>(mapped + kBeforeBlock);
        block->kind = whole;
        return memory_of(block);
    }
    Block* block = unused[number];
    if (block != nullptr)
        unused[number] = block->next;
    else
        block = cut(size_of_class(number));
    if (block == nullptr) return nullptr;
    block->kind = number;
    return memory_of(block);
}

void release(void* memory) {
    Block* block = block_of(memory);
    if (block->kind < kClasses) {
        block->next = unused[block->kind];
        unused[block->kind] = block;
        return;
    }
    const int before = errno;
    ::munmap(reinterpret_cast<std::byte*>(block) - kBeforeBlock, block->kind);
    errno = before;
}

void* resize_mapping(Block* block, std::size_t size) {
    const std::size_t whole = size_of_mapping(size);
    void* mapped = ::mremap(reinterpret_cast<std::byte*>(block) - kBeforeBlock, block->kind, whole,
                            MREMAP_MAYMOVE);
    if (mapped == MAP_FAILED) return nullptr;
    block = reinterpret_cast<Block*>(static_cast<std::byte*>(mapped) + kBeforeBlock);
    block->kind = whole;
    return memory_of(block);
}

void* resize(void* memory, std::size_t size) {
    Block* block = block_of(memory);
    if (size > kMost) return nullptr;
    const bool to_mapping = class_of(size) >= kClasses;
    if (block->kind >= kClasses && to_mapping) return resize_mapping(block, size);
    const std::size_t capacity = capacity_of(block);
    if (block->kind < kClasses && size <= capacity) return memory;
    void* moved = allocate(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, memory, std::min(size, capacity));
    release(memory);
    return moved;
}

void* or_no_memory(void* memory) {
    if (memory == nullptr) errno = ENOMEM;
    return memory;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
    return or_no_memory(allocate(size));
}

void free(void* memory) {
    if (memory != nullptr) release(memory);
}

void* calloc(std::size_t count, std::size_t size) {
    std::size_t whole = 0;
    void* memory = __builtin_mul_overflow(count, size, &whole) ? nullptr : allocate(whole);
    if (memory == nullptr) return or_no_memory(nullptr);
    // New pages from the kernel are zero.
    if (block_of(memory)->kind < kClasses) std::memset(memory, 0, whole);
    return memory;
}

void* realloc(void* memory, std::size_t size) {
    return or_no_memory(memory == nullptr ? allocate(size) : resize(memory, size));
}

void* reallocarray(void* memory, std::size_t count, std::size_t size) {
    std::size_t whole = 0;
    if (__builtin_mul_overflow(count, size, &whole)) return or_no_memory(nullptr);
    return realloc(memory, whole);
}

// Our programs never ask for more than the default alignment.
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return or_no_memory(alignment > kUnit ? nullptr : allocate(size));
}

void* memalign(std::size_t alignment, std::size_t size) {
    return aligned_alloc(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
    void* found = aligned_alloc(alignment, size);
    if (found == nullptr) return ENOMEM;
    *memory = found;
    return 0;
}

std::size_t malloc_usable_size(void* memory) {
    return memory == nullptr ? 0 : capacity_of(block_of(memory));
}

// zig's own version would call zig's malloc.
char* strndup(const char* text, std::size_t most) {
    const std::size_t size = strnlen(text, most);
    auto* copy = static_cast<char*>(malloc(size + 1));
    if (copy == nullptr) return nullptr;
    std::memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char* strdup(const char* text) {
    return strndup(text, std::strlen(text));
}

}  // extern "C"
