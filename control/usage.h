// What somebody is told who types a command that the program does not have.
#pragma once

#include "contracts/base/result.h"

#include <span>

namespace CLI {
class App;
}

namespace control {

// `words`: what the program was called with. Fails with `invalid` and the command that may have
// been meant; what follows a command that has none below it is that command's own.
[[nodiscard]] contracts::Result<void> check_commands(const CLI::App& app,
                                                     std::span<char* const> words);

}  // namespace control
