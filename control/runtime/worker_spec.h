// What is true of a worker's specification whatever runs it: the checks before anything is made,
// and the part of the environment that says where things are.
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

// Whether `path` lies below `directory`, which is not below itself. Both are plain and absolute.
[[nodiscard]] bool lies_below(std::string_view path, std::string_view directory);

// Where a worker finds its things, as it sees them.
struct WorkerPlaces {
    std::string control;
    std::string state;
    std::string workspace;
    std::string home;
    std::string temporary{};  // empty: the wrapper's own choice
    std::string agent_socket;
    std::string bin;
    bool own_loopback =
        true;  // false: many workers share 127.0.0.1, so ports are the kernel's choice
};

// The specification's own, and CONTROL_DIR STATE_DIR WORKSPACE_DIR AGENT_HOME ORCHESTRATOR_SOCKET
// ORCHESTRATOR_BIN REDIS_URL API_URL AGENT_UID RELAY_PORTS, and TMPDIR where there is a place for
// it, which only the runtime can know.
[[nodiscard]] std::map<std::string, std::string> worker_environment(const WorkerSpec& spec,
                                                                    const WorkerPlaces& places);

}  // namespace control
