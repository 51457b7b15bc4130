// The two hosts, for whoever makes a deployer.
#pragma once

#include "control/deployer/local/host.h"
#include "control/deployer/local/local_deployer.h"

namespace control::deployer {

[[nodiscard]] contracts::Result<std::unique_ptr<Host>> make_container_host(
    const LocalDeployerSettings& settings, DockerDeployerSettings docker, Forge& forge,
    HttpClient& http);
[[nodiscard]] contracts::Result<std::unique_ptr<Host>> make_process_host(
    const LocalDeployerSettings& settings, ProcessDeployerSettings process, Forge& forge);

// <directory>/<key>, and <directory>/<key>/versions/<version>
[[nodiscard]] std::string directory_of(const LocalDeployerSettings& settings,
                                       const std::string& key);
[[nodiscard]] std::string directory_of(const LocalDeployerSettings& settings,
                                       const VersionName& name);
// Makes it, with all above it, such that other users get through (0711).
[[nodiscard]] contracts::Result<void> make_open_directory(const std::string& path);
// With all that is in it; follows no link. Nothing there is success.
[[nodiscard]] contracts::Result<void> remove_directory(const std::string& path);

}  // namespace control::deployer
