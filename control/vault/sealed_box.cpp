#include "control/vault/sealed_box.h"

#include <sodium.h>
#include <array>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

Result<std::string> seal_for(std::string_view public_key, std::string_view plain) {
    if (::sodium_init() < 0) return fail(ErrorKind::fatal, "libsodium could not be initialised");
    std::array<unsigned char, crypto_box_PUBLICKEYBYTES> key{};
    std::size_t size = 0;
    if (sodium_base642bin(key.data(), key.size(), public_key.data(), public_key.size(), nullptr,
                          &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        size != key.size())
        return fail(ErrorKind::transient, "the public key to seal for is not a key of 32 bytes");
    std::string sealed(plain.size() + crypto_box_SEALBYTES, '\0');
    if (crypto_box_seal(reinterpret_cast<unsigned char*>(sealed.data()),
                        reinterpret_cast<const unsigned char*>(plain.data()), plain.size(),
                        key.data()) != 0)
        return fail(ErrorKind::transient, "nothing can be sealed for this public key");
    return base64_of(sealed);
}

std::string base64_of(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(),
                      reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // its NUL
    return text;
}

}  // namespace control
