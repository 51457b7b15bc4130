// Why a worker ended, from what its runtime reports: a typed cause for programs and a phrase for
// people. The cause travels in `data.cause` of the output that is published for a dead developer.
#pragma once

#include "control/runtime/runtime.h"
#include "control/store/workers.h"

#include <optional>
#include <string>

namespace control {

// `instance`: nothing when the runtime no longer has it. `ours`: why this daemon has
// just had it stopped; of `stopped` the exit code still shows whether it was. Unknown is never
// success.
[[nodiscard]] EndCause cause_of(const std::optional<WorkerInstance>& instance,
                                std::optional<EndCause> ours);

// "out of memory"; empty for `finished`.
[[nodiscard]] std::string describe(EndCause cause, std::optional<std::int64_t> exit_code);

}  // namespace control
