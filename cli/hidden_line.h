// A line that is typed at a terminal and not shown there.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace cli {

// Writes `prompt` to `prompt_fd` and reads one line, without its newline, from the terminal `fd`;
// at most `limit` bytes. A signal that ends the program (Ctrl-C) ends it with the terminal as it
// was. Fails with `invalid` where the input ends before the line does, or the line is longer.
[[nodiscard]] contracts::Result<std::string> read_hidden_line(int fd, int prompt_fd,
                                                              std::string_view prompt,
                                                              std::size_t limit);

}  // namespace cli
