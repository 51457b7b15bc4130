// The rules for a worker's specification that all bodies share: the checks before anything is
// created, and the part of the environment that contains paths and addresses.
#pragma once

#include "control/runtime/runtime.h"

#include <map>
#include <string>
#include <string_view>

namespace control {

// Fails with `invalid` and the field's name.
[[nodiscard]] contracts::Result<void> check_worker_spec(const WorkerSpec& spec);
// Letters, digits, '_', '.', '-'; at most 63; the first a letter or a digit.
[[nodiscard]] bool is_worker_id(std::string_view text);

// Whether `path` is below `directory`; a directory is not below itself. Both are plain and
// absolute.
[[nodiscard]] bool lies_below(std::string_view path, std::string_view directory);

// Paths and addresses as the worker sees them.
struct WorkerPlaces {
    std::string control;
    std::string state;
    std::string workspace;
    std::string home;
    std::string temporary{};  // empty: the wrapper's own choice
    std::string agent_socket;
    std::string bin;
    bool own_loopback =
        true;  // false: many workers share 127.0.0.1, so the kernel chooses the ports
};

// The specification's own variables, and CONTROL_DIR STATE_DIR WORKSPACE_DIR AGENT_HOME
// ORCHESTRATOR_SOCKET ORCHESTRATOR_BIN REDIS_URL API_URL AGENT_UID RELAY_PORTS, and TMPDIR if there
// is a directory for it, which only the runtime can know.
[[nodiscard]] std::map<std::string, std::string> worker_environment(const WorkerSpec& spec,
                                                                    const WorkerPlaces& places);

}  // namespace control
