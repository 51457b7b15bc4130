// Base64 with padding, as HTTP and the files of its clients write it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace control {

// Nothing where it is not base64, also where it is empty or broken into lines.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace control
