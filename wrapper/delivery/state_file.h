// What the worker is doing, in a file of the state directory: for `worker-wrapper healthcheck`,
// which must not need Redis, and for people.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"

#include <string>

namespace wrapper {

// Replaces the file as a whole. Not being able to is no reason to stop.
void write_state(const std::string& directory, std::string_view state, contracts::Timestamp now);

// The loop writes at least every kHeartbeatEvery; an older file means that it no longer turns.
inline constexpr std::chrono::seconds kStateFresh{35};

// The state as one word. Fails with `not_found` without a file and with `timed_out` when it is not
// fresh.
[[nodiscard]] contracts::Result<std::string> read_state(const std::string& directory,
                                                        contracts::Timestamp now);

}  // namespace wrapper
