#include "control/settings/egress.h"

#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;

namespace {

constexpr std::size_t kMostPatterns = 500;

void read_patterns(Environment& environment, std::vector<egress::Pattern>& patterns) {
    const auto text = environment.find("EGRESS_ALLOW");
    if (!text) return;
    for (const std::string& one : split_list(*text)) {
        auto pattern = egress::parse_pattern(one);
        if (!pattern) return environment.fault("EGRESS_ALLOW", pattern.error().describe());
        patterns.push_back(std::move(*pattern));
    }
    if (patterns.size() > kMostPatterns)
        environment.fault("EGRESS_ALLOW",
                          "may have " + std::to_string(kMostPatterns) + " patterns at most");
}

}  // namespace

void read(Environment& environment, egress::Settings& settings) {
    read_choice(environment, "EGRESS_MODE", settings.mode);
    read_patterns(environment, settings.allow);
    settings.worker_mb =
        environment.number("EGRESS_WORKER_MB", settings.worker_mb, 1, std::int64_t{1} << 30);
}

}  // namespace control
