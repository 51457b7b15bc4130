// The supervisor of one worker that runs as a process: a small parent that outlives the daemon,
// waits for the wrapper, records how it ended, and leaves nothing of its tree behind.
//
//   SIGTERM  is passed to the wrapper
//   SIGQUIT  kills the wrapper and everything below it, now
//
// If the supervisor itself is killed, the wrapper dies with it and the end of the run is unknown.
#pragma once

#include <string>

namespace control {

// The body of `orchestratord run-process DIRECTORY`. Reads launch.json in the directory, detaches a
// supervisor, prints the instance's id once the wrapper has been started, and returns 0. On failure
// prints the reason on standard error, returns 1, and nothing runs.
[[nodiscard]] int run_process_supervisor(const std::string& directory);

// The body of `orchestratord run-process --sweep DIRECTORY`: kills what a lost supervisor may have
// left, all processes of the worker's own user. Does nothing if the worker has no user of its own.
[[nodiscard]] int sweep_process_worker(const std::string& directory);

// Either of them, with the arguments of `run-process`: {"DIRECTORY"} or {"--sweep", "DIRECTORY"}.
[[nodiscard]] int run_process_command(int count, char** arguments);

// Whether processes started here get a network of their own: that needs root with CAP_SYS_ADMIN and
// CAP_NET_ADMIN, which root in a container usually does not have. Does not change the caller's
// namespaces.
[[nodiscard]] bool gets_network_of_its_own();

}  // namespace control
