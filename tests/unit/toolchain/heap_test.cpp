#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

// The functions of the static programs, next to those of this test's C library.
#define malloc tested_malloc
#define free tested_free
#define calloc tested_calloc
#define realloc tested_realloc
#define reallocarray tested_reallocarray
#define aligned_alloc tested_aligned_alloc
#define malloc_usable_size tested_malloc_usable_size
#define memalign tested_memalign
#define posix_memalign tested_posix_memalign
#define strndup tested_strndup
#define strdup tested_strdup
#include "toolchain/heap.cpp"
#undef malloc
#undef free
#undef calloc
#undef realloc
#undef reallocarray
#undef aligned_alloc
#undef malloc_usable_size
#undef memalign
#undef posix_memalign
#undef strndup
#undef strdup

namespace {

struct Object {
    unsigned char* at;
    std::size_t size;
    unsigned char filling;

    [[nodiscard]] bool whole(std::size_t upto) const {
        return std::all_of(at, at + upto, [this](unsigned char byte) { return byte == filling; });
    }
    void fill(unsigned char with) {
        filling = with;
        std::memset(at, with, size);
    }
};

bool is_aligned(const void* memory) {
    return reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t) == 0;
}

// Mostly small sizes, at times beyond the largest class.
std::size_t some_size(std::mt19937& random) {
    constexpr std::array<std::size_t, 6> kUpTo{40, 40, 600, 600, 5'000, 200'000};
    return random() % kUpTo[random() % kUpTo.size()];
}

}  // namespace

TEST_CASE("every size has its own bytes, aligned, and as many as were asked for") {
    bool good = true;
    for (std::size_t size = 0; size < 140'000; size += 1 + size / 60) {
        void* memory = tested_malloc(size);
        REQUIRE(memory != nullptr);
        good &= is_aligned(memory);
        good &= tested_malloc_usable_size(memory) >= size;
        // At most a quarter and a header are wasted, or a page if the block is a mapping.
        good &= tested_malloc_usable_size(memory) <= std::max(size + size / 4 + 24, size + 4096);
        std::memset(memory, 1, size);
        tested_free(memory);
    }
    CHECK(good);
}

TEST_CASE("objects of a random life keep what is in them and touch no other") {
    std::mt19937 random(20);
    std::vector<Object> live;
    bool whole = true;
    bool aligned = true;
    for (int i = 0; i < 60'000; ++i) {
        const std::size_t size = some_size(random);
        const auto filling = static_cast<unsigned char>(random());
        if (live.size() < 300 || random() % 3 == 0) {
            void* memory = tested_malloc(size);
            REQUIRE(memory != nullptr);
            aligned &= is_aligned(memory);
            live.push_back({static_cast<unsigned char*>(memory), size, 0});
            live.back().fill(filling);
            continue;
        }
        Object& one = live[random() % live.size()];
        if (random() % 2 == 0) {
            void* memory = tested_realloc(one.at, size);
            REQUIRE(memory != nullptr);
            aligned &= is_aligned(memory);
            one.at = static_cast<unsigned char*>(memory);
            whole &= one.whole(std::min(one.size, size));
            one.size = size;
            one.fill(filling);
        } else {
            whole &= one.whole(one.size);
            tested_free(one.at);
            one = live.back();
            live.pop_back();
        }
    }
    for (const Object& one : live) {
        whole &= one.whole(one.size);
        tested_free(one.at);
    }
    CHECK(whole);
    CHECK(aligned);
}

TEST_CASE("what is given back is used again: a steady life takes no more room") {
    std::mt19937 random(4);
    const auto turn = [&random] {
        std::vector<void*> objects;
        for (int i = 0; i < 200; ++i)
            objects.push_back(tested_malloc(random() % 60'000));
        std::shuffle(objects.begin(), objects.end(), random);
        for (void* object : objects)
            tested_free(object);
    };
    for (int i = 0; i < 200; ++i)
        turn();
    const std::byte* before = region;
    const std::byte* end = region_end;
    for (int i = 0; i < 20; ++i) {
        random.seed(4);
        turn();
    }
    CHECK(region == before);
    CHECK(region_end == end);
}

TEST_CASE("cleared memory is zeros, used before or not, small or large") {
    for (const std::size_t size :
         {std::size_t{1}, std::size_t{100}, std::size_t{9'000}, std::size_t{300'000}}) {
        void* used = tested_malloc(size);
        std::memset(used, 0xff, size);
        tested_free(used);
        auto* bytes = static_cast<unsigned char*>(tested_calloc(size, 1));
        REQUIRE(bytes != nullptr);
        CHECK(std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; }));
        tested_free(bytes);
    }
}

TEST_CASE("a text is copied, whole or its beginning") {
    for (const std::size_t most : {0, 3, 4, 9}) {
        char* copy = tested_strndup("text", most);
        CHECK(std::string(copy) == std::string("text").substr(0, most));
        tested_free(copy);
    }
    char* copy = tested_strdup("text");
    CHECK(std::string(copy) == "text");
    tested_free(copy);
}

TEST_CASE("what cannot be had is null and ENOMEM, and what was there stays") {
    constexpr std::size_t kTooMuch = SIZE_MAX / 2 + 1;
    for (const std::size_t size : {kTooMuch, SIZE_MAX - 8, SIZE_MAX}) {
        errno = 0;
        CHECK(tested_malloc(size) == nullptr);
        CHECK(errno == ENOMEM);
    }
    CHECK(tested_calloc(kTooMuch, 2) == nullptr);
    CHECK(tested_reallocarray(nullptr, kTooMuch, 2) == nullptr);
    CHECK(tested_aligned_alloc(64, 64) == nullptr);
    void* aligned = nullptr;
    CHECK(tested_posix_memalign(&aligned, 64, 64) == ENOMEM);
    CHECK(aligned == nullptr);
    auto* text = static_cast<char*>(tested_realloc(nullptr, 6));
    std::strcpy(text, "stays");
    CHECK(tested_realloc(text, SIZE_MAX) == nullptr);
    CHECK(std::string(text) == "stays");
    tested_free(text);
    tested_free(nullptr);
}
