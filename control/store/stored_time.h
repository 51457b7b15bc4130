// Times as columns have them: milliseconds since 1970.
#pragma once

#include "control/store/database.h"

#include <cstdint>
#include <optional>

namespace control {

[[nodiscard]] inline std::int64_t stored(contracts::Timestamp time) {
    return time.time_since_epoch().count();
}
[[nodiscard]] inline contracts::Timestamp time_of(std::int64_t ms) {
    return contracts::Timestamp(std::chrono::milliseconds(ms));
}
[[nodiscard]] inline std::optional<contracts::Timestamp> time_of(std::optional<std::int64_t> ms) {
    return ms ? std::optional(time_of(*ms)) : std::nullopt;
}

}  // namespace control
