#include "control/http/base64.h"

#include <catch2/catch_test_macros.hpp>

using control::decode_base64;

TEST_CASE("base64 is decoded, with any padding") {
    CHECK(decode_base64("UEVN") == "PEM");
    CHECK(decode_base64("UEVNCg==") == "PEM\n");
    CHECK(decode_base64("UEVNUEU=") == "PEMPE");
    CHECK(decode_base64("AAECAw==") == std::string("\0\1\2\3", 4));
}

TEST_CASE("what is not base64 is nothing") {
    for (const char* text : {"", "UEV", "UEVN\n", "UE VN", "%%%%", "====", "U===",
                             "UEVNCg=="
                             "UEVN"})
        CHECK(!decode_base64(text));
}
