// Reads a line from a terminal without showing it.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace cli {

// Writes `prompt` to `prompt_fd` and reads one line, without its newline, from the terminal `fd`;
// at most `limit` bytes. If a signal ends the program (Ctrl-C), the terminal is restored first.
// Fails with `invalid` if the input ends before the line does, or if the line is longer.
[[nodiscard]] contracts::Result<std::string> read_hidden_line(int fd, int prompt_fd,
                                                              std::string_view prompt,
                                                              std::size_t limit);

}  // namespace cli
