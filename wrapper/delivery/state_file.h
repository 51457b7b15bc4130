// The worker's current state in a file of the state directory: for `worker-wrapper healthcheck`,
// which must work without Redis, and for people.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"

#include <string>

namespace wrapper {

// One record of a fixed size, overwritten in place: it changes with every task, and a rename would
// cost more than the rest of the task's bookkeeping.
class StateFile {
public:
    // If the file cannot be written, the worker runs without it.
    explicit StateFile(const std::string& directory);
    void write(std::string_view state, contracts::Timestamp now);

private:
    contracts::UniqueFd file_;
};

// The loop writes at least every kHeartbeatEvery; an older file means that the loop is stuck.
inline constexpr std::chrono::seconds kStateFresh{35};

// The state as one word. Fails with `not_found` without a file and with `timed_out` when it is not
// fresh.
[[nodiscard]] contracts::Result<std::string> read_state(const std::string& directory,
                                                        contracts::Timestamp now);

}  // namespace wrapper
