// The process body of the runtime: the same wrapper as a child on this machine, for machines
// without an engine. It does not isolate: at best the agent has a user of its own, and then only
// the limit of processes is enforced; it sees the machine's files and processes. If we may create
// namespaces, each worker has a network without a way out, like a container.
//
// Each worker has its own supervisor (supervisor.h), which outlives this process; everything about
// a worker is in <instances>/<worker_id>/, so that the next run of the daemon finds it again. The
// agent's user must be able to pass through to the worker's directories and to
// `instances_directory` (mode 0711 on the way), and a service manager must not kill our children
// with us (KillMode=process).
#pragma once

#include "control/runtime/runtime.h"

#include <memory>
#include <string>
#include <vector>

namespace control {

struct ProcessSettings {
    std::string owner;                // as with Docker: those of others are left alone
    std::string instances_directory;  // created if it is missing
    std::string bin_directory;        // worker-wrapper and orchestrator
    // The argv of run_process_command, to which its arguments are added.
    std::vector<std::string> supervisor;
    std::string path{};  // PATH of the workers; empty: ours
    // No other program launches in this directory, so remains of an interrupted launch may be
    // removed.
    bool is_sole = true;
    // How long a supervisor may take to end its tree before it is killed itself.
    std::chrono::milliseconds kill_patience{15'000};
};

[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> make_process_runtime(
    ProcessSettings settings);

}  // namespace control
