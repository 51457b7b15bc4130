// Lines over a unix socket, each step with a deadline. Every failure of the connection is
// `transient`.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>
#include <string_view>

namespace cli {

[[nodiscard]] contracts::Result<contracts::UniqueFd> dial_unix(const std::string& path);

// `line` has its line feed.
[[nodiscard]] contracts::Result<void> send_line(int fd, std::string_view line,
                                                contracts::Instant deadline);

// Without its line feed. The peer speaks only when asked: what follows the line in the same read
// breaks the connection.
[[nodiscard]] contracts::Result<std::string> receive_line(int fd, std::size_t limit,
                                                          contracts::Instant deadline);

}  // namespace cli
