#include "control/vault/sealed_box.h"

#include <sodium.h>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <vector>

using contracts::ErrorKind;

TEST_CASE("what is sealed for a public key opens with its secret key alone") {
    REQUIRE(::sodium_init() >= 0);
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> shown{};
    std::array<unsigned char, crypto_box_SECRETKEYBYTES> secret{};
    crypto_box_keypair(shown.data(), secret.data());
    const std::string key =
        control::base64_of({reinterpret_cast<const char*>(shown.data()), shown.size()});
    for (const std::string& plain : {std::string(), std::string("a\0b$\n", 5)}) {
        const auto sealed = control::seal_for(key, plain);
        REQUIRE(sealed.has_value());
        CHECK(*control::seal_for(key, plain) != *sealed);
        std::vector<unsigned char> bytes(plain.size() + crypto_box_SEALBYTES + 1);
        std::size_t size = 0;
        REQUIRE(sodium_base642bin(bytes.data(), bytes.size(), sealed->data(), sealed->size(),
                                  nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0);
        std::string opened(plain.size(), '\0');
        REQUIRE(crypto_box_seal_open(reinterpret_cast<unsigned char*>(opened.data()), bytes.data(),
                                     size, shown.data(), secret.data()) == 0);
        CHECK(opened == plain);
    }
}

TEST_CASE("a public key that is none is refused") {
    for (const char* bad : {"", "x", "AAAA", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
        CHECK(control::seal_for(bad, "v").error().kind == ErrorKind::transient);
}
