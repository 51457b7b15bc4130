// Starts one process behind the wall: three pipes, its own session, no descriptor of ours.
//
// Everything is built before the fork; the child calls only what is async-signal-safe and ends with
// _exit when a step fails. The step and its errno come through `failure`, which reaches its end
// without a byte once the program runs.
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "wrapper/wall/confine.h"

#include <sys/types.h>
#include <string>
#include <vector>

namespace wrapper {

struct Launch {
    std::vector<std::string> argv;         // argv[0] without a slash is looked for in PATH below
    std::vector<std::string> environment;  // NAME=value
    std::string directory;
};

struct Spawned {
    pid_t pid = -1;
    contracts::UniqueFd input;    // ours to write, non-blocking
    contracts::UniqueFd output;   // ours to read, non-blocking
    contracts::UniqueFd errors;   // ours to read, non-blocking
    contracts::UniqueFd failure;  // ours to read, non-blocking
};

// Fails with `transient` when there is no room for a process or a pipe.
[[nodiscard]] contracts::Result<Spawned> spawn(const Launch& launch, const Confinement& wall);

// What the child said about itself: a step that failed, as an Error; nothing, once the program
// runs. Call it when `failure` is readable.
[[nodiscard]] contracts::Result<void> read_failure(int failure, const std::string& program);

}  // namespace wrapper
