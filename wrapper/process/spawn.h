// Starts one process behind the wall: three pipes, its own session, no other descriptor of ours.
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

// Our end never blocks; theirs becomes a standard stream of the process.
struct Pipe {
    contracts::UniqueFd ours;
    contracts::UniqueFd theirs;
};

// `output` and `errors` are kept whole while the process lives: as long as we hold both ends of
// them, nobody's closing wakes us. That it ended says its death.
struct Pipes {
    Pipe input;
    Pipe output;
    Pipe errors;
    [[nodiscard]] bool valid() const { return input.ours.valid(); }
};

// They belong to the agent, which must be able to open /dev/stdout. Fails with `transient` when
// there is no room for them.
[[nodiscard]] contracts::Result<Pipes> make_pipes(const Confinement& wall);

// The program runs when it returns. Fails with `transient` when there is no room for a process,
// else with the step that failed; a child that failed is left to the reaper.
[[nodiscard]] contracts::Result<pid_t> spawn(const Launch& launch, const Confinement& wall,
                                             const Pipes& pipes);

}  // namespace wrapper
