#include "control/daemon/start_pages.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace control {

namespace {

constexpr std::size_t kSize = std::size_t{1} << 20;
// Mapped from the program's file, since data that is not all zeros is part of it.
const unsigned char kTable[kSize] = {7};
unsigned char written[kSize] = {7};

// The mapping that contains `address`.
struct Mapping {
    std::string access;  // "r--p"
    long resident_kib = -1;
};

Mapping mapping_of(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    Mapping mapping;
    bool is_it = false;
    for (std::string line; std::getline(maps, line);) {
        std::istringstream words(line);
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        if (line.find('-') < line.find(' ') && words >> std::hex >> begin >> dash >> end)
            is_it = begin <= wanted && wanted < end;
        if (is_it && mapping.access.empty()) words >> mapping.access;
        if (is_it && line.starts_with("Rss:")) mapping.resident_kib = std::stol(line.substr(4));
    }
    return mapping;
}

long resident_kib(const void* address) {
    return mapping_of(address).resident_kib;
}

// Reads each byte; the compiler cannot optimise the reads away.
unsigned sum(const volatile unsigned char* bytes) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < kSize; ++i)
        sum += bytes[i];
    return sum;
}

}  // namespace

TEST_CASE("what was only read is given back, and is read again as it was") {
    if (mapping_of(kTable).access != "r--p")
        SKIP("this linker puts data that is only read beside the code");
    REQUIRE(sum(kTable) == 7);
    const long before = resident_kib(kTable);
    REQUIRE(before >= 1'024);
    release_start_pages();
    CHECK(resident_kib(kTable) <= before - 512);
    CHECK(sum(kTable) == 7);
    CHECK(resident_kib(kTable) >= 1'024);
}

TEST_CASE("what was written stays as it is") {
    written[kSize - 1] = 5;
    const long before = resident_kib(written);
    release_start_pages();
    CHECK(resident_kib(written) >= before);
    CHECK(sum(written) == 12);
}

}  // namespace control
