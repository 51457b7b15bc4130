// A deployment's small JSON files: written atomically, and readable only by us.
#pragma once

#include "contracts/base/json.h"

#include <string>

namespace control::deployer {

[[nodiscard]] contracts::Result<contracts::Json> read_json_file(const std::string& path);
[[nodiscard]] contracts::Result<void> write_json_file(const std::string& path,
                                                      const contracts::Json& content);

}  // namespace control::deployer
