// Completion scripts, made from the commands' own declarations.
#pragma once

#include "cli/command.h"

namespace cli::commands {

enum class Shell { bash, zsh, fish };
inline constexpr std::string_view kShellNames[] = {"bash", "zsh", "fish"};
constexpr contracts::Choices choices_of(Shell) {
    return kShellNames;
}

[[nodiscard]] std::string completion_script(Shell shell, std::span<const CommandEntry> commands);

}  // namespace cli::commands
