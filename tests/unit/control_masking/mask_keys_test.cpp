#include "control/masking/mask.h"

#include <catch2/catch_test_macros.hpp>

using control::masking::mask_keys;

TEST_CASE("whatever looks like a key is masked, and words are not") {
    const std::string rest(20, 'a');
    CHECK(mask_keys("token=orch_0123456789ab_" + std::string(48, 'f') + "\n") == "token=***\n");
    CHECK(mask_keys("\"sk-ant-" + rest + "\", ghp_" + rest) == "\"***\", ***");
    CHECK(mask_keys("Bearer eyJ" + rest + "." + rest) == "Bearer ***." + rest);
    for (const std::string& text :
         std::vector<std::string>{"sk-", "a task-" + rest, "orch_short", "AKIA", "", "- -----"})
        CHECK(mask_keys(text) == text);
}

TEST_CASE("a private key is masked as a whole, and without its end up to the end of the text") {
    const std::string key =
        "-----BEGIN RSA PRIVATE KEY-----\nabc\ndef\n-----END RSA PRIVATE KEY-----";
    CHECK(mask_keys("a\n" + key + "\nb") == "a\n***\nb");
    CHECK(mask_keys("a\n-----BEGIN PRIVATE KEY-----\nabc") == "a\n***");
    const std::string certificate = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----";
    CHECK(mask_keys(certificate) == certificate);
}
