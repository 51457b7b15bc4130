// What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput, run by libFuzzer
// (preset fuzz, ci/fuzz) and, everywhere else, by replay.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// A null `data` has no bytes. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

// Ends the program, as a sanitizer does, where `invariant` does not hold.
inline void require(bool holds, const char* invariant) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: does not hold: %s\n", invariant);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// What stands before the first `mark`; `rest` keeps what follows. Without a mark that is all.
inline std::string_view take_until(std::string_view& rest, char mark) {
    const std::string_view head = rest.substr(0, rest.find(mark));
    rest.remove_prefix(head.size() < rest.size() ? head.size() + 1 : head.size());
    return head;
}

// A choice that any text makes.
inline std::size_t sum_of(std::string_view text) {
    std::size_t sum = 0;
    for (const char c : text)
        sum += static_cast<unsigned char>(c);
    return sum;
}

}  // namespace fuzz
