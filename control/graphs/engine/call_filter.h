// The calls of the outbox that a daemon makes. A call is named "<role's prefix>.<verb>"
// ("forge.prepare", "deploy.start"), and a daemon makes those of its own roles; the others stay in
// the outbox for daemons with the other roles.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace control::graphs {

struct CallFilter {
    std::vector<std::string> prefixes{""};  // "forge."; the empty prefix matches every call

    [[nodiscard]] bool takes(std::string_view call) const {
        return std::any_of(prefixes.begin(), prefixes.end(),
                           [&](const std::string& prefix) { return call.starts_with(prefix); });
    }
};

}  // namespace control::graphs
