// Writes all of a text to a file or a pipe that blocks, in as many calls as it takes. Thread: any.
#pragma once

#include <string_view>

namespace contracts {

// False: errno says why, and a part of the text may have been written.
[[nodiscard]] bool write_all(int fd, std::string_view text);

}  // namespace contracts
