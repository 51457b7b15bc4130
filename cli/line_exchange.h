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

// `line` includes its line feed.
[[nodiscard]] contracts::Result<void> send_line(int fd, std::string_view line,
                                                contracts::Instant deadline);

// Returns the line without its line feed. The peer only answers requests: more bytes after the line
// in the same read count as a broken connection.
[[nodiscard]] contracts::Result<std::string> receive_line(int fd, std::size_t limit,
                                                          contracts::Instant deadline);

}  // namespace cli
