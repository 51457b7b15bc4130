// Signatures of messages with a shared secret (HMAC-SHA256).
//
// Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace control {

// In hexadecimal.
[[nodiscard]] std::string signature_of(std::string_view message, std::string_view secret);
// Compares in a time that does not depend on where the texts differ.
[[nodiscard]] bool is_signed(std::string_view message, std::string_view signature,
                             std::string_view secret);

}  // namespace control
