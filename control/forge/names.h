// The names that callers give the forge. They become paths and arguments of git: what could climb,
// hide or be taken for an option is `invalid`, with the name's field. Thread: from any thread.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace control {

[[nodiscard]] contracts::Result<void> check_repository(const std::string& repository);
[[nodiscard]] contracts::Result<void> check_branch(const std::string& branch);
[[nodiscard]] contracts::Result<void> check_commit(const std::string& commit);  // a full id
// As git shortens it: never fewer than four digits.
[[nodiscard]] contracts::Result<void> check_short_commit(const std::string& commit);
// A path inside a tree: what would leave it is nowhere in it.
[[nodiscard]] bool stays_inside(std::string_view path);

}  // namespace control
