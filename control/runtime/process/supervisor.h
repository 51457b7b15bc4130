// The supervisor of one worker that runs as a process: a small parent that outlives the daemon,
// waits for the wrapper, writes down how it ended, and leaves nothing of its tree behind.
//
//   SIGTERM  is passed to the wrapper
//   SIGQUIT  kills the wrapper and everything below it, now
//
// When it is killed itself, the wrapper dies with it and nobody knows how the run ended.
#pragma once

#include <string>

namespace control {

// The body of `orchestratord run-process DIRECTORY`. Reads launch.json in the directory, detaches a
// supervisor, prints the instance's id once the wrapper has been started, and returns 0. On failure
// prints the reason on standard error, returns 1, and nothing runs.
[[nodiscard]] int run_process_supervisor(const std::string& directory);

// The body of `orchestratord run-process --sweep DIRECTORY`: kills what a lost supervisor may have
// left, all processes of the worker's own user. Does nothing where the worker has none of its own.
[[nodiscard]] int sweep_process_worker(const std::string& directory);

// Both, as `run-process` is called: {"DIRECTORY"} or {"--sweep", "DIRECTORY"}.
[[nodiscard]] int run_process_command(int count, char** arguments);

// Whether what is started here gets a network of its own: that needs root with CAP_SYS_ADMIN and
// CAP_NET_ADMIN, which root in a container usually does not have. Leaves the caller where it is.
[[nodiscard]] bool gets_network_of_its_own();

}  // namespace control
