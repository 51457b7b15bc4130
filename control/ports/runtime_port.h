// The runtime on this machine: Docker Engine, or processes if there is no engine.
#pragma once

#include "contracts/base/log.h"
#include "control/http/client.h"
#include "control/ports/data_directory.h"
#include "control/runtime/runtime.h"
#include "control/settings/places.h"
#include "control/settings/workers.h"

#include <memory>

namespace control {

// Failure: `fatal`. If the runtime does not isolate, a warning is logged.
[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> open_runtime(
    const RuntimeSettings& settings, const PlaceSettings& places, const DataDirectory& data,
    HttpClient& client, const contracts::Log& log);

// Checks that WORKER_BIN_DIR has the program that every worker starts with.
[[nodiscard]] contracts::Result<void> check_wrapper(const PlaceSettings& places);

}  // namespace control
