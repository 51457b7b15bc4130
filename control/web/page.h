// The page's files, as they lie in page/: built into the program, with nothing fetched from
// anywhere else.
#pragma once

#include "control/http/static_files.h"

namespace control::web {

[[nodiscard]] std::span<const StaticFile> page_files();

}  // namespace control::web
