// What `orchestratord config check` finds beyond the settings' own form: whether the files that
// they name can be used. Reads only; nothing is opened that serves, made or locked.
#pragma once

#include "control/settings/settings.h"

namespace control {

// Every fault, as the start would find it: `fatal`, with the setting.
[[nodiscard]] std::vector<contracts::Error> check_named_files(const Settings& settings);
// That WORKER_BIN_DIR has the program that every worker begins with.
[[nodiscard]] contracts::Result<void> check_wrapper(const Settings& settings);

}  // namespace control
