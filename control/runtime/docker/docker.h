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
    std::string socket;  // of the engine
    std::string owner;   // this installation's name: only what carries it is ours
    std::string
        bin_directory;  // on the host: worker-wrapper and orchestrator; read-only in every worker
    std::string data_directory;  // all directories of workers lie below it
};

// What the engine reports about itself, for `doctor` and for the code that prepares directories.
struct EngineFacts {
    std::string version;
    docker::ApiVersion api_version;  // the one that it and we speak
    std::string architecture;        // "x86_64"
    bool rootless = false;
    bool live_restore = false;                // workers survive a restart of the engine
    bool limits_hold = false;                 // memory, processes and CPU are really limited
    std::optional<std::uint32_t> root_uid{};  // users are remapped: inside's 0 is this one outside
};

[[nodiscard]] contracts::Result<EngineFacts> engine_facts(HttpClient& http,
                                                          const std::string& socket);

// Fails with `not_found` where there is no engine (no socket), and with `fatal` where there is one
// that cannot be used: it refuses us, does not answer, shares no API version with us or does not
// hold to limits.
// `http` must outlive the runtime.
[[nodiscard]] contracts::Result<std::unique_ptr<Runtime>> make_docker_runtime(
    DockerSettings settings, HttpClient& http);

}  // namespace control
