// The two hosts, for the functions that make a deployer.
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
// Creates it and the directories above it, so that other users can pass through (0711).
[[nodiscard]] contracts::Result<void> make_open_directory(const std::string& path);
// Removes it with its contents and follows no link. Succeeds if there is nothing.
[[nodiscard]] contracts::Result<void> remove_directory(const std::string& path);

}  // namespace control::deployer
