// The door of a deployment: a small process that has the public port, and passes each connection on
// to what runs now. It outlives the daemon, as what it leads to does, so the URL goes on answering
// while the daemon is away; and it leads to the new version from one connection to the next, so the
// port is never without an answer while versions change.
//
// In <directory>:
//   listen.json   address and port; written before it starts
//   target.json   what runs (target.h); read again whenever it changes
//   front.json    which process the front is; written by it
//
// A connection that nobody takes is held for a few seconds (a project that starts again), then
// answered with 502.
#pragma once

#include "contracts/base/result.h"
#include "control/deployer/local/target.h"
#include "control/deployer/local/way_in.h"

#include <cstdint>
#include <string>
#include <vector>

namespace control::deployer {

class Front {
public:
    // `program`: the argv of run_front_command, to which its argument is added.
    Front(std::string directory, std::vector<std::string> program)
        : directory_(std::move(directory)), program_(std::move(program)) {}

    [[nodiscard]] bool alive() const;
    // Where it listens, as it was last told.
    [[nodiscard]] contracts::Result<Listening> listening() const;
    // Leads it to `target`, from the next connection on.
    [[nodiscard]] contracts::Result<void> aim(const Target& target) const;
    [[nodiscard]] contracts::Result<Target> aimed() const;
    // Starts it unless it runs there; one that listens somewhere else ends first.
    [[nodiscard]] contracts::Result<Opened> open(const Listening& where) const;
    // Ends it; none there is success.
    [[nodiscard]] contracts::Result<void> close() const;

private:
    std::string directory_;
    std::vector<std::string> program_;
};

// The body of `orchestratord run-front DIRECTORY`: returns 0 once the port is open, with the front
// detached; 75 when somebody else has the port, else 1; and then says why on standard error.
[[nodiscard]] int run_front_command(int count, char** arguments);

}  // namespace control::deployer
