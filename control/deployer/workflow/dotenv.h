// The file `.env` that compose reads, for values of any kind.
#pragma once

#include "contracts/base/result.h"

#include <map>
#include <string>

namespace control::deployer {

// Sorted by name. Values are quoted so that compose reads them literally: $, quotes and line ends
// have no meaning. A NUL: `invalid`; the field is the variable's name.
[[nodiscard]] contracts::Result<std::string> dotenv_of(
    const std::map<std::string, std::string>& values);

}  // namespace control::deployer
