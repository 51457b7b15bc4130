// Stream sockets at a path, for relays and for checks whether anything listens. Functions throw
// std::runtime_error.
#pragma once

#include "contracts/base/unique_fd.h"

#include <string>

namespace tests {

[[nodiscard]] contracts::UniqueFd listen_unix(const std::string& path, int backlog);
// Invalid, with errno set, if nothing listens there.
[[nodiscard]] contracts::UniqueFd connect_unix(const std::string& path);

}  // namespace tests
