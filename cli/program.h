// The whole program in order: choose the command, check that it is allowed, parse, run,
// print.
#pragma once

#include "cli/command.h"

namespace cli {

// What the program needs from its process; `main` passes the real ones.
struct Surroundings {
    contracts::Environment::Lookup environment;
    const contracts::Clock& clock;
    Waiter& waiter;
    int stdin_fd = 0;
    int stdout_fd = 1;
    int stderr_fd = 2;
};

// `arguments` are without the program's name. Returns the exit code.
[[nodiscard]] int run_program(std::span<const std::string_view> arguments,
                              std::span<const CommandEntry> commands,
                              const Surroundings& surroundings);

}  // namespace cli
