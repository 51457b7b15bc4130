// The reason why a worker ended, from its runtime's report: a typed cause for programs and a phrase
// for people. The cause is in `data.cause` of the output that is published for a dead developer.
#pragma once

#include "control/runtime/runtime.h"
#include "control/store/workers.h"

#include <optional>
#include <string>

namespace control {

// `instance`: empty if the runtime no longer has it. `ours`: why this daemon has just had it
// stopped; for `stopped` the exit code still shows whether that ended it. An unknown end is never a
// success.
[[nodiscard]] EndCause cause_of(const std::optional<WorkerInstance>& instance,
                                std::optional<EndCause> ours);

// "out of memory"; empty for `finished`.
[[nodiscard]] std::string describe(EndCause cause, std::optional<std::int64_t> exit_code);

}  // namespace control
