// Which calls of the outbox a daemon makes. A call is named "<role's prefix>.<verb>"
// ("forge.prepare", "deploy.start"), and a daemon makes those of the roles that it has; the others
// stay in the outbox for the daemons that have theirs.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace control::graphs {

struct CallFilter {
    std::vector<std::string> prefixes{""};  // "forge."; the empty one stands for every call

    [[nodiscard]] bool takes(std::string_view call) const {
        return std::any_of(prefixes.begin(), prefixes.end(),
                           [&](const std::string& prefix) { return call.starts_with(prefix); });
    }
};

}  // namespace control::graphs
