// Agents in tests run as their own users, which cannot reach programs in a closed home directory.
#pragma once

#include <string>

namespace tests {

// Returns `directory` if any user may enter it, otherwise `copy`, which is created if missing.
[[nodiscard]] std::string within_reach(const std::string& directory, const std::string& copy);

}  // namespace tests
