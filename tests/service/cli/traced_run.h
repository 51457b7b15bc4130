// Runs a program and kills it at a chosen system call.
#pragma once

#include "tests/support/child_process.h"

namespace tests {

struct TracedEnd {
    int stops = 0;        // entries and exits of system calls, from the first `socket` on
    bool killed = false;  // false: it ended by itself before stop `at`
    int exit_code = -1;
};

// Sends SIGKILL at the stop `at` (from 0). At an entry the call has not been made; at an exit it
// has. The program's environment is `options.environment` only, and its output is discarded. Call
// it from one thread until it returns. Throws std::runtime_error.
[[nodiscard]] TracedEnd run_and_kill(const ChildOptions& options, int at);

}  // namespace tests
