// Agents in tests are users of their own, who cannot run what lies in a checkout in a closed home.
#pragma once

#include <string>

namespace tests {

// `directory` where any user may enter it; else `copy`, which is made of it unless it is there.
[[nodiscard]] std::string within_reach(const std::string& directory, const std::string& copy);

}  // namespace tests
