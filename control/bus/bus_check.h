// Whether a Redis that somebody else runs can be our bus. For the start.
#pragma once

#include "contracts/base/log.h"
#include "contracts/streams/connection.h"

namespace control {

// Fails with `fatal` at a node of a Redis Cluster. Warns where keys may be evicted: that would be
// work that nobody does.
[[nodiscard]] contracts::Result<void> check_bus(contracts::Connection& connection,
                                                const contracts::Log& log);

}  // namespace control
