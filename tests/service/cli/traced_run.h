// A program that is killed at one of its system calls, wherever it is in what it does.
#pragma once

#include "tests/support/child_process.h"

namespace tests {

struct TracedEnd {
    int stops = 0;        // entries and exits of system calls, from its first `socket` on
    bool killed = false;  // else it ended by itself, before `at`
    int exit_code = -1;
};

// SIGKILL at the stop `at` (from 0): a call that was entered has not been made, one that was left
// has. Its environment is `options.environment` alone; what it prints is lost. From one thread, to
// the end. Throws std::runtime_error.
[[nodiscard]] TracedEnd run_and_kill(const ChildOptions& options, int at);

}  // namespace tests
