// The way in on a server: a container of ours that has the public port, and enters the network of
// the version that serves for each connection (front.py). It sees the server's processes.
#pragma once

#include "control/deployer/local/way_in.h"
#include "control/runtime/docker/engine.h"

#include <memory>
#include <string>

namespace control::deployer {

inline constexpr std::string_view kFrontLabel = "com.codegen-orchestrator.deployment.front";

struct RemoteWaySettings {
    std::string owner;
    std::string socket;  // socket of the server's engine
    std::string image;   // has python3; is on the server already
};

// `http` must outlive the way in.
[[nodiscard]] std::unique_ptr<WayIn> make_remote_way(RemoteWaySettings settings, HttpClient& http);

}  // namespace control::deployer
