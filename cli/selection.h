// Finds the command that the arguments name. Cheap: a refusal needs no option parser.
#pragma once

#include "cli/command.h"

namespace cli {

struct Selection {
    const CommandEntry* command = nullptr;  // null: help for `group`, or for everything if empty
    std::string group{};
    std::vector<std::string_view> rest{};  // the command's own arguments
};

// Fails with `invalid`, field "command".
[[nodiscard]] contracts::Result<Selection> select(std::span<const std::string_view> arguments,
                                                  std::span<const CommandEntry> commands);

// The words that can follow `path` ("project", "project secret"; empty: the first ones), each
// once.
[[nodiscard]] std::vector<std::string_view> words_behind(std::span<const CommandEntry> commands,
                                                         std::string_view path);

// The commands that begin with `group`, or all of them, one per line, with a mark at those that are
// not allowed here. `allowed`: null if nothing is forbidden.
[[nodiscard]] std::string overview(std::span<const CommandEntry> commands, std::string_view group,
                                   const contracts::AllowedCommands* allowed = nullptr);

// Whether the arguments contain `-o table`: for failures before they are parsed.
[[nodiscard]] bool asks_for_table(std::span<const std::string_view> arguments);
// The same for -q, and for --help.
[[nodiscard]] bool asks_for_quiet(std::span<const std::string_view> arguments);
[[nodiscard]] bool asks_for_help(std::span<const std::string_view> arguments);

}  // namespace cli
