// The way in on a server: a container of ours that has the public port, sees the server's
// processes, and enters the network of the version that serves for each connection (front.py).
#pragma once

#include "control/deployer/local/way_in.h"
#include "control/runtime/docker/engine.h"

#include <memory>
#include <string>

namespace control::deployer {

inline constexpr std::string_view kFrontLabel = "com.codegen-orchestrator.deployment.front";

struct RemoteWaySettings {
    std::string owner;
    std::string socket;  // of the server's engine
    std::string image;   // with python3; the server has it
};

// `http` must outlive it.
[[nodiscard]] std::unique_ptr<WayIn> make_remote_way(RemoteWaySettings settings, HttpClient& http);

}  // namespace control::deployer
