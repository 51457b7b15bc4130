// The message for somebody who types a command, or sets a variable, that the program does not have.
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

// `words`: what the program was called with. Fails with `invalid` and the command that may have
// been meant; what follows a command that has none below it is that command's own.
[[nodiscard]] contracts::Result<void> check_commands(const CLI::App& app,
                                                     std::span<char* const> words);

// "NAME is no setting; did you mean NAMES?" of each variable ("NAME=value") that is near one of the
// `known` names and is none of them: an environment holds much that is others'.
[[nodiscard]] std::vector<std::string> mistyped_settings(
    const std::set<std::string>& known, std::span<const std::string_view> variables);

}  // namespace control
