// Stream sockets at a path, for programs in the middle and for looking whether somebody listens.
// Throws std::runtime_error.
#pragma once

#include "contracts/base/unique_fd.h"

#include <string>

namespace tests {

[[nodiscard]] contracts::UniqueFd listen_unix(const std::string& path, int backlog);
// Invalid, with errno set: nobody listens there.
[[nodiscard]] contracts::UniqueFd connect_unix(const std::string& path);

}  // namespace tests
