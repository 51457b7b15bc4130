// Base64 with padding, as HTTP uses it and clients write it into their files. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace control {

// Empty optional if the text is not base64, is empty or is broken into lines.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace control
