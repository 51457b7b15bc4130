// The programs that a demo runs and that are not its own.
#pragma once

#include "contracts/base/result.h"

#include <string>
#include <string_view>

namespace control::demo {

// Whether all of them are on `path` (as in PATH). Failure: `not_found`, which names each program
// that is missing and, as the next step, the packages that have them.
[[nodiscard]] contracts::Result<void> check_requirements(std::string_view path);

// The Copier that COPIER names, or the one on PATH; empty where there is none. The demo goes on
// without it: the project then begins in an empty repository.
[[nodiscard]] std::string find_copier();

}  // namespace control::demo
