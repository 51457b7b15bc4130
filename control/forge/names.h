// Checks of the names that callers give to the forge. They become paths and arguments of git: a
// name that could leave its directory, be hidden or be read as an option is `invalid`, with its
// field. Thread: any.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace control {

[[nodiscard]] contracts::Result<void> check_repository(const std::string& repository);
[[nodiscard]] contracts::Result<void> check_branch(const std::string& branch);
[[nodiscard]] contracts::Result<void> check_commit(const std::string& commit);  // a full id
// An abbreviated commit, as git prints it: at least four digits.
[[nodiscard]] contracts::Result<void> check_short_commit(const std::string& commit);
// A path inside a tree: a path that would leave the tree is not accepted.
[[nodiscard]] bool stays_inside(std::string_view path);

}  // namespace control
