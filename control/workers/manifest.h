// A worker's configuration, stored beside its directories, so that a store that has lost the row
// can take a running worker back: `worker.json`, ours, 0600.
#pragma once

#include "contracts/base/result.h"
#include "control/store/workers.h"

#include <string>

namespace control {

// `directory`: the worker's own, which contains its control directory.
[[nodiscard]] Result<void> write_manifest(const std::string& directory, const WorkerRow& worker);
// Returns a row in phase `running` without an instance. Failure: `not_found`; `invalid` for a file
// that is not ours, for example one that others could have written.
[[nodiscard]] Result<WorkerRow> read_manifest(const std::string& directory);

}  // namespace control
