// The rules for every container that runs somebody else's code: a worker, or a deployed project. A
// pure function, so that the wall can be read and tested without an engine.
#pragma once

#include "contracts/base/json.h"
#include "control/runtime/runtime.h"

#include <string>

namespace control::docker {

// The HostConfig of a container without network, capabilities, devices, mounts or privileges, with
// a read-only root and these limits. The caller adds what its kind of container needs.
[[nodiscard]] contracts::Json walls(const WorkerLimits& limits);

// A tmpfs option: at least "1m".
[[nodiscard]] std::string mebibytes(std::int64_t bytes);

}  // namespace control::docker
