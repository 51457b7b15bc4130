// The log for lines about one thread: they carry its id, and the correlation id and trace of the
// request that opened it, like the other programs' lines about that request.
#pragma once

#include "contracts/base/log.h"
#include "control/store/threads.h"

namespace control::graphs {

[[nodiscard]] contracts::Log log_of(const contracts::Log& log, const Thread& thread);

}  // namespace control::graphs
