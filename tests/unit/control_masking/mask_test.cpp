#include "control/masking/mask.h"

#include <catch2/catch_test_macros.hpp>

using control::masking::mask;
using control::masking::masked_tail;

TEST_CASE("a secret is masked wherever and in whatever form it stands") {
    const std::vector<std::string> secrets{"s3cr\"t&val/ue", "short", "abc"};
    CHECK(mask("a s3cr\"t&val/ue b s3cr\"t&val/ue", secrets) == "a *** b ***");
    CHECK(mask("url?k=s3cr%22t%26val%2Fue", secrets) == "url?k=***");
    CHECK(mask("url?k=s3cr%22t%26val%2fue", secrets) == "url?k=***");
    CHECK(mask("{\"k\": \"s3cr\\\"t&val/ue\"}", secrets) == "{\"k\": \"***\"}");
    // base64 of the whole secret; its last group depends on the bytes that follow.
    CHECK(mask("Basic czNjciJ0JnZhbC91ZQ==", secrets) == "Basic ***ZQ==");
    CHECK(mask("Basic dXNlcjpsb25nLXNlY3JldA==", {"long-secret"}) == "Basic dXNlcjps***dA==");
    CHECK(mask("a short one", secrets) == "a *** one");
    CHECK(mask("abc", secrets) == "abc");  // would blot out words
    CHECK(mask("nothing", {}) == "nothing");
    CHECK(mask("x", {""}) == "x");
}

TEST_CASE("each line of a secret with lines is masked, and the longer of two that overlap first") {
    CHECK(mask("BEGIN KEY\nabcdefgh\nEND KEY", {"BEGIN KEY\nabcdefgh\nEND KEY"}) == "***");
    CHECK(mask("log: abcdefgh", {"BEGIN KEY\nabcdefgh\nEND KEY"}) == "log: ***");
    CHECK(mask("password123", {"password", "password123"}) == "***");
}

TEST_CASE("a tail is cut after masking, at a line") {
    const std::vector<std::string> secrets{"long-secret"};
    CHECK(masked_tail("one\ntwo long-secret\nthree\n", secrets, 12) == "three\n");
    CHECK(masked_tail("one\ntwo\n", secrets, 100) == "one\ntwo\n");
    for (std::size_t most = 0; most < 30; ++most)
        CHECK(masked_tail("x long-secret y\nz long-secret", secrets, most).find("secret") ==
              std::string::npos);
    CHECK(masked_tail("one endless line", {}, 4) == "line");
}
