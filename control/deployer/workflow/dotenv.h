// The file `.env` that compose reads, for values of any kind.
#pragma once

#include "contracts/base/result.h"

#include <map>
#include <string>

namespace control::deployer {

// Sorted by name. No value is taken for more than its characters: neither a $ nor a quote nor a
// line's end means anything. A NUL: `invalid`, field: the name.
[[nodiscard]] contracts::Result<std::string> dotenv_of(
    const std::map<std::string, std::string>& values);

}  // namespace control::deployer
