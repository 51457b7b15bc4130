#include "control/http/base64.h"

#include <openssl/evp.h>
#include <algorithm>
#include <climits>

namespace control {

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > INT_MAX) return std::nullopt;
    // libcrypto ignores blanks at both ends.
    if (text.find_first_of(" \t\r\n") != std::string_view::npos) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
    // It does not check the place of the padding either.
    const std::size_t padding = text.size() - std::min(text.find('='), text.size());
    if (size < 0 || padding > 2 || text.find_last_not_of('=') + 1 + padding != text.size())
        return std::nullopt;
    // The padding is decoded as zeros.
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

}  // namespace control
