// The hash worker:image:{hash} (names::worker_image): its field is the time when a worker or a
// service was last started in that image.
#pragma once

#include <string_view>

namespace contracts {

inline constexpr std::string_view kImageLastUsed = "last_used_at";

}  // namespace contracts
