// An engineering task whose spec begins with this line is planned first: an architect divides the
// work into separate tasks, which are done in order.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace contracts {

inline constexpr std::string_view kPlanFirst = "%plan\n";

[[nodiscard]] inline std::string planned_first(std::string_view spec) {
    return std::string(kPlanFirst).append(spec);
}
// The work to plan; empty: the work is done as it is.
[[nodiscard]] inline std::optional<std::string> work_to_plan(std::string_view spec) {
    if (!spec.starts_with(kPlanFirst)) return std::nullopt;
    return std::string(spec.substr(kPlanFirst.size()));
}

}  // namespace contracts
