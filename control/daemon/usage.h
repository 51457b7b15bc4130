// The message for an unknown command, or a variable that looks like a misspelt setting.
#pragma once

#include "contracts/base/result.h"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace control {

// `words`: the program's arguments. Fails with `invalid` and the command that may have been meant;
// words after a command without subcommands belong to that command.
[[nodiscard]] contracts::Result<void> check_commands(const CLI::App& app,
                                                     std::span<char* const> words);

// "NAME is not a setting; did you mean NAMES?" for each variable ("NAME=value") that is similar to
// one of the `known` names but is not one: an environment contains many variables of other
// programs.
[[nodiscard]] std::vector<std::string> mistyped_settings(
    const std::set<std::string>& known, std::span<const std::string_view> variables);

}  // namespace control
