// Sealing for somebody else's public key: an anonymous box (X25519, XSalsa20-Poly1305) that only
// the holder of the secret key opens, as GitHub takes the secrets of a repository.
//
// Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace control {

// `public_key` and the result are base64 with padding. Failure: `transient` if the key does not
// decode to 32 bytes, because the key came from another system.
[[nodiscard]] contracts::Result<std::string> seal_for(std::string_view public_key,
                                                      std::string_view plain);

// Base64 with padding.
[[nodiscard]] std::string base64_of(std::string_view bytes);

}  // namespace control
