// Checks whether a Redis that somebody else runs can be our bus. Called at start.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/connection.h"

namespace control {

// Fails with `fatal` at a node of a Redis Cluster. Warns if keys may be evicted: queued work would
// be lost.
[[nodiscard]] contracts::Result<void> check_bus(contracts::Connection& connection,
                                                const contracts::Log& log);

}  // namespace control
