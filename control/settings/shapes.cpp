#include "control/settings/shapes.h"

namespace control {

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

void check_absolute(contracts::Environment& environment, const char* name,
                    const std::string& path) {
    if (!path.empty() && !path.starts_with('/'))
        environment.fault(name, "must be an absolute path");
}

}  // namespace control
