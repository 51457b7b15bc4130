// One question to a web service over a connection that is there: does it answer, and with what.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace control::deployer {

// GET `path`; the status it answers with. No answer, or none that is HTTP: `upstream`.
[[nodiscard]] contracts::Result<int> ask_status(contracts::UniqueFd connection,
                                                const std::string& path, std::uint16_t port,
                                                std::chrono::milliseconds limit);

}  // namespace control::deployer
