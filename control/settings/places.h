// Directories of this machine that the daemon uses.
#pragma once

#include "contracts/base/environment.h"

#include <string>

namespace control {

struct PlaceSettings {
    std::string data_directory;    // DATA_DIR
    std::string bin_directory;     // WORKER_BIN_DIR: worker-wrapper and orchestrator for workers
    std::string agents_directory;  // AGENTS_DIR: the agents' binaries, one folder per agent
};

// `program_directory`: contains the daemon's own file; programs for workers are searched beside it.
void read(contracts::Environment& environment, PlaceSettings& settings,
          const std::string& program_directory);

}  // namespace control
