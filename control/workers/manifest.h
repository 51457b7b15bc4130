// What a worker was made from, beside its directories, so that a store that has lost its row can
// take a living worker back: `worker.json`, ours, 0600.
#pragma once

#include "contracts/base/result.h"
#include "control/store/workers.h"

#include <string>

namespace control {

// `directory`: the worker's own, above its control directory.
[[nodiscard]] Result<void> write_manifest(const std::string& directory, const WorkerRow& worker);
// A row in phase `running` without an instance. Failure: `not_found`; `invalid` for a file that
// is not one of ours, such as one that others could have written.
[[nodiscard]] Result<WorkerRow> read_manifest(const std::string& directory);

}  // namespace control
