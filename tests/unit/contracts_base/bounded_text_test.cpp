#include "contracts/base/bounded_text.h"

#include <catch2/catch_test_macros.hpp>

using contracts::BoundedText;

TEST_CASE("what fits is kept as it came") {
    BoundedText text(4);
    text.append("ab");
    text.append("");
    text.append("cdef");
    CHECK(text.text() == "abcdef");
    CHECK(text.total() == 6);
    CHECK(text.tail(3) == "def");
    CHECK(text.tail(100) == "abcdef");
    text.append("gh");
    CHECK(text.text() == "abcdefgh");
}

TEST_CASE("what falls out is counted between head and tail") {
    BoundedText text(4);
    text.append("abcdefghij");
    CHECK(text.text() == "abcd\n[2 bytes left out]\nghij");
    CHECK(text.tail(2) == "ij");
    CHECK(text.tail(100) == "ghij");
}

TEST_CASE("however the bytes are cut, head and tail are the same") {
    std::string whole;
    for (int i = 0; i < 500; ++i)
        whole += static_cast<char>('a' + i * 7 % 26);
    for (std::size_t limit : {1U, 2U, 7U, 64U, 249U, 250U, 251U, 600U})
        for (std::size_t piece : {1U, 2U, 3U, 5U, 63U, 64U, 65U, 400U, 500U}) {
            BoundedText text(limit);
            for (std::size_t at = 0; at < whole.size(); at += piece)
                text.append(std::string_view(whole).substr(at, piece));
            const std::string expected =
                2 * limit >= whole.size()
                    ? whole
                    : whole.substr(0, limit) + "\n[" + std::to_string(whole.size() - 2 * limit) +
                          " bytes left out]\n" + whole.substr(whole.size() - limit);
            INFO("limit " << limit << ", pieces of " << piece);
            CHECK(text.text() == expected);
            // The length of the end that is kept without a gap.
            const std::size_t kept = 2 * limit >= whole.size() ? whole.size() : limit;
            for (const std::size_t most : {0UL, 1UL, limit - 1, limit, limit + 1, 2 * limit}) {
                INFO("the last " << most);
                CHECK(text.tail(most) == whole.substr(whole.size() - std::min(most, kept)));
            }
        }
}

TEST_CASE("a limit of nothing keeps nothing but the count") {
    BoundedText text(0);
    text.append("abc");
    CHECK(text.total() == 3);
    CHECK(text.text() == "\n[3 bytes left out]\n");
    CHECK(text.tail(5).empty());
}
