// The Docker body of the runtime: a Docker Engine on this machine (20.10 or newer), over its unix
// socket.
#pragma once

#include "control/http/client.h"
#include "control/runtime/docker/api_version.h"
#include "control/runtime/runtime.h"

#include <memory>
#include <string>

namespace control {

struct DockerSettings {
    std::string socket;  // the engine's
    std::string owner;   // this installation's name: only containers with it are ours
    std::string
        bin_directory;  // on the host: worker-wrapper and orchestrator; read-only in every worker
    std::string data_directory;  // contains all directories of workers
};

// The engine's properties, for `doctor` and for the code that prepares directories.
struct EngineFacts {
    std::string version;
    docker::ApiVersion api_version;  // the version in use
    std::string architecture;        // "x86_64"
    bool rootless = false;
    bool live_restore = false;                // workers survive a restart of the engine
    bool limits_hold = false;                 // limits of memory, processes and CPU are enforced
    std::optional<std::uint32_t> root_uid{};  // users are remapped: uid 0 inside is this one
                                              // outside
};

[[nodiscard]] contracts::Result<EngineFacts> engine_facts(HttpClient& http,
                                                          const std::string& socket);

// Fails with `not_found` if there is no engine (no socket), and with `fatal` if the engine cannot
// be used: it refuses us, does not answer, has no API version in common with us or does not enforce
// limits. `http` must outlive the runtime.
[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> make_docker_runtime(
    DockerSettings settings, HttpClient& http);

}  // namespace control
