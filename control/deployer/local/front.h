// The door of a deployment: a small process that has the public port and passes each connection on
// to the version that serves. It outlives the daemon, as the project does, so the URL answers while
// the daemon is away. A new version gets all connections from one moment to the next, so the port
// is always open while versions change.
//
// In <directory>:
//   listen.json   address and port; written before the front starts
//   target.json   the version that serves (target.h); read again whenever it changes
//   front.json    the front's process; written by the front
//
// A connection that the project does not accept is held for a few seconds, because the project may
// be restarting, and then answered with 502.
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
    // The address and port that it was last given.
    [[nodiscard]] contracts::Result<Listening> listening() const;
    // Passes connections to `target`, from the next one on.
    [[nodiscard]] contracts::Result<void> aim(const Target& target) const;
    [[nodiscard]] contracts::Result<Target> aimed() const;
    // Starts it unless it is running at `where`; one that listens somewhere else is ended first.
    [[nodiscard]] contracts::Result<Opened> open(const Listening& where) const;
    // Ends it; succeeds if there is none.
    [[nodiscard]] contracts::Result<void> close() const;

private:
    std::string directory_;
    std::vector<std::string> program_;
};

// The body of `orchestratord run-front DIRECTORY`. Returns 0 once the port is open and the front is
// detached; 75 if another program has the port, else 1, with the reason on standard error.
[[nodiscard]] int run_front_command(int count, char** arguments);

}  // namespace control::deployer
