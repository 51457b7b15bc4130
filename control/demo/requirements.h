// The external programs that a demo runs.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace control::demo {

// Checks that all of them are on `path` (as in PATH). Failure: `not_found`, which names each
// missing program and, as the next step, their packages.
[[nodiscard]] contracts::Result<void> check_requirements(std::string_view path);

// The Copier in COPIER, or the one on PATH; empty if there is none. The demo works without it: the
// project then starts with an empty repository.
[[nodiscard]] std::string find_copier();

}  // namespace control::demo
