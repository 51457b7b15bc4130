#include "control/vault/signature.h"

#include <sodium.h>

namespace control {

namespace {

const unsigned char* as_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string signature_of(std::string_view message, std::string_view secret) {
    crypto_auth_hmacsha256_state state;
    unsigned char digest[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_init(&state, as_bytes(secret), secret.size());
    crypto_auth_hmacsha256_update(&state, as_bytes(message), message.size());
    crypto_auth_hmacsha256_final(&state, digest);
    std::string hex(2 * sizeof digest + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), digest, sizeof digest);
    hex.pop_back();  // its terminating zero
    return hex;
}

bool is_signed(std::string_view message, std::string_view signature, std::string_view secret) {
    const std::string expected = signature_of(message, secret);
    return signature.size() == expected.size() &&
           sodium_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

}  // namespace control
