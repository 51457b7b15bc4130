// Chooses the version of Docker Engine's API to use: each engine supports a range, and so do we.
// Pure.
#pragma once

#include "contracts/base/json.h"
#include "contracts/base/result.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace control::docker {

struct ApiVersion {
    int major = 0;
    int minor = 0;
    auto operator<=>(const ApiVersion&) const = default;
};
// The oldest version that our requests need (Docker 20.10), and the newest that they were tested
// with.
inline constexpr ApiVersion kOldestApi{1, 41};
inline constexpr ApiVersion kNewestApi{1, 52};

[[nodiscard]] std::string to_text(ApiVersion version);
// "1.41"; empty for any other text.
[[nodiscard]] std::optional<ApiVersion> parse_api_version(std::string_view text);

// The oldest version that both sides support: the one that our requests were written for, if the
// engine still has it. `told`: the engine's answer to GET /version. Failure: `fatal`, with both
// ranges and what to install.
[[nodiscard]] contracts::Result<ApiVersion> common_version(const contracts::Json& told);

}  // namespace control::docker
