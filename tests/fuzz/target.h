// Shared by the fuzz targets. A target is a file with LLVMFuzzerTestOneInput, run by libFuzzer
// (preset fuzz, ci/fuzz) and, everywhere else, by replay.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// `data` may be null if there are no bytes. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

// Ends the program, as a sanitizer does, if `invariant` does not hold.
inline void require(bool holds, const char* invariant) {
    if (holds) return;
    std::fprintf(stderr, "fuzz: does not hold: %s\n", invariant);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

// The text before the first `mark`, or all of it; `rest` keeps what follows the mark.
inline std::string_view take_until(std::string_view& rest, char mark) {
    const std::string_view head = rest.substr(0, rest.find(mark));
    rest.remove_prefix(head.size() < rest.size() ? head.size() + 1 : head.size());
    return head;
}

// Derives a choice from any text.
inline std::size_t sum_of(std::string_view text) {
    std::size_t sum = 0;
    for (const char c : text)
        sum += static_cast<unsigned char>(c);
    return sum;
}

}  // namespace fuzz
