// The page's files from page/, built into the program; nothing is fetched from anywhere else.
#pragma once

#include "control/http/static_files.h"

namespace control::web {

[[nodiscard]] std::span<const StaticFile> page_files();

}  // namespace control::web
