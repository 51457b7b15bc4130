// Starts one process behind the wall: three pipes, its own session, no descriptor of ours.
//
// Everything is built before; the child borrows our memory (vfork: nothing is copied, and what it
// cannot do it tells at once), calls only what is async-signal-safe, and ends with _exit when a
// step fails. We stand still until it runs its program. What keeps others from stopping it there:
// nobody of its user is alive (Tree::clear_leftovers).
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
    contracts::UniqueFd input;   // ours to write, non-blocking
    contracts::UniqueFd output;  // ours to read, non-blocking
    contracts::UniqueFd errors;  // ours to read, non-blocking
};

// The program runs when it returns. Fails with `transient` when there is no room for a process or a
// pipe, else with the step that failed; a child that failed is left to the reaper.
[[nodiscard]] contracts::Result<Spawned> spawn(const Launch& launch, const Confinement& wall);

}  // namespace wrapper
