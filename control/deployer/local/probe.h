// One request to a web service over an open connection: does it answer, and with which status?
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace control::deployer {

// Sends GET `path` and returns the status. No answer, or one that is not HTTP: `upstream`.
[[nodiscard]] contracts::Result<int> ask_status(contracts::UniqueFd connection,
                                                const std::string& path, std::uint16_t port,
                                                std::chrono::milliseconds limit);

}  // namespace control::deployer
