#include "contracts/base/id.h"

#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace contracts;
using std::chrono::milliseconds;

namespace {

bool is_uuid(const std::string& text, char version) {
    if (text.size() != 36 || text[14] != version) return false;
    if (std::string_view("89ab").find(text[19]) == std::string_view::npos) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-')) return false;
        if (!dash && std::string_view("0123456789abcdef").find(text[i]) == std::string_view::npos)
            return false;
    }
    return true;
}

}  // namespace

TEST_CASE("identifiers have the form of their version and do not repeat") {
    const SystemClock clock;
    std::set<std::string> seen;
    constexpr int kMany = 2000;
    for (int i = 0; i < kMany; ++i) {
        const std::string four = make_uuid4();
        const std::string seven = make_uuid7(clock.now());
        REQUIRE(is_uuid(four, '4'));
        REQUIRE(is_uuid(seven, '7'));
        seen.insert(four);
        seen.insert(seven);
    }
    CHECK(seen.size() == 2 * kMany);
}

TEST_CASE("a UUIDv7 holds its time and sorts by it") {
    const Timestamp time{milliseconds(0x0123'4567'89ab)};
    CHECK(make_uuid7(time).starts_with("01234567-89ab-7"));
    CHECK(make_uuid7(time) < make_uuid7(time + milliseconds(1)));
}

TEST_CASE("random hexadecimal has two digits a byte") {
    CHECK(random_hex(0).empty());
    CHECK(random_hex(16).size() == 32);
    CHECK(random_hex(16) != random_hex(16));
    CHECK(random_hex(64).find_first_not_of("0123456789abcdef") == std::string::npos);
}
