// A deployed project as Docker's "create container" body: the walls of a worker's container, its
// own user, and no network unless the admin allows the project one. A pure function.
#pragma once

#include "contracts/base/json.h"
#include "control/deployer/local/host.h"

#include <string>
#include <string_view>

namespace control::deployer {

inline constexpr std::string_view kDeploymentLabel = "com.codegen-orchestrator.deployment";
inline constexpr std::string_view kVersionLabel = "com.codegen-orchestrator.deployment.version";

[[nodiscard]] std::string container_name(const VersionName& name);
[[nodiscard]] std::string image_tag(const VersionName& name);
// The network of a project that may open connections to the outside.
[[nodiscard]] std::string network_name(const std::string& key);

struct ContainerFacts {
    std::string owner;
    bool own_image = false;  // from the project's Dockerfile, which also says what to run
    bool has_init = false;   // the engine can add a small init process
    std::uint16_t port = 0;  // inside the container
};

[[nodiscard]] contracts::Json container_body(const VersionName& name, const DeploymentSpec& spec,
                                             const ContainerFacts& facts);

}  // namespace control::deployer
