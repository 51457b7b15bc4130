// Starts one process behind the wall: three pipes, its own session, no other descriptor of ours.
//
// Everything is prepared before the fork. The child shares our memory (vfork: nothing is copied,
// and it reports a failed step at once), calls only async-signal-safe functions, and ends with
// _exit if a step fails. We are suspended until it executes its program. No other process can stop
// it there, because no process of its user is alive (Tree::clear_leftovers).
#pragma once

#include "contracts/base/result.h"
#include "contracts/base/unique_fd.h"
#include "wrapper/wall/confine.h"

#include <sys/types.h>
#include <string>
#include <vector>

namespace wrapper {

struct Launch {
    std::vector<std::string> argv;  // argv[0] without a slash is searched for in the PATH below
    std::vector<std::string> environment;  // NAME=value
    std::string directory;
};

// Our end never blocks; theirs becomes a standard stream of the process.
struct Pipe {
    contracts::UniqueFd ours;
    contracts::UniqueFd theirs;
};

// We keep both ends of `output` and `errors` open while the process lives, so that the agent
// closing its end does not wake us. The reaper reports its exit.
struct Pipes {
    Pipe input;
    Pipe output;
    Pipe errors;
    [[nodiscard]] bool valid() const { return input.ours.valid(); }
};

// The pipes belong to the agent, which must be able to open /dev/stdout. Fails with `transient`
// when the system has no room for them.
[[nodiscard]] contracts::Result<Pipes> make_pipes(const Confinement& wall);

// When it returns, the program is running. Fails with `transient` if the system has no room for a
// process, otherwise with the step that failed; a failed child is left to the reaper.
[[nodiscard]] contracts::Result<pid_t> spawn(const Launch& launch, const Confinement& wall,
                                             const Pipes& pipes);

}  // namespace wrapper
