// The process body of the runtime: the same wrapper as a child on this machine, for where no engine
// answers. It does not isolate: the agent is another user at best, sees the machine's files and
// processes, and limits are not enforced. Where we may create namespaces, each worker has a network
// without a way out, as a container has.
//
// Each worker has a supervisor of its own (supervisor.h), which outlives this process; what is
// known of a worker is in <instances>/<worker_id>/, so that the next life of the daemon finds it
// again. The agent's user must be let through to the worker's directories and to
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
    std::string instances_directory;  // made when missing
    std::string bin_directory;        // worker-wrapper and orchestrator
    // The argv of run_process_command, to which its arguments are added.
    std::vector<std::string> supervisor;
    std::string path{};  // PATH of the workers; empty: ours
    // Nobody else launches in this directory: what an interrupted launch left is cleared away.
    bool is_sole = true;
    // How long a supervisor may take to end its tree before it is killed itself.
    std::chrono::milliseconds kill_patience{15'000};
};

[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> make_process_runtime(
    ProcessSettings settings);

}  // namespace control
