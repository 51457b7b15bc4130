// The manual page, in the man macros of troff, made from the commands' own declarations.
#pragma once

#include "cli/command.h"

namespace cli::commands {

[[nodiscard]] std::string man_page(std::span<const CommandEntry> commands);

}  // namespace cli::commands
