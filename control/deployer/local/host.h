// Where one version of a deployment lives: in a container, or as a supervised process. What is the
// same for both (waiting for the answer, the front, replacing the previous version) is in
// local_deployer.cpp.
//
// Each version has its own name, so every call may be made twice. Thread: any.
#pragma once

#include "control/deployer/deployer.h"
#include "control/deployer/local/target.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace control::deployer {

struct VersionName {
    std::string key;
    std::string version;  // hexadecimal; one for each attempt
    friend bool operator==(const VersionName&, const VersionName&) = default;
};

struct Life {
    bool running = false;
    std::optional<int> exit_code{};
};

class Host {
public:
    virtual ~Host() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Unpacks the commit's files and makes them ready to run. A fault is the project's own; its log
    // is not masked yet.
    [[nodiscard]] virtual contracts::Result<std::optional<DeployFault>> build(
        const VersionName& name, const DeploymentSpec& spec, std::stop_token stop) = 0;
    // The port on which the project must listen, inside its network.
    [[nodiscard]] virtual contracts::Result<std::uint16_t> inner_port(
        const DeploymentSpec& spec) = 0;
    // Starts what was built. If it ends, it is restarted only after `keep` has been called.
    [[nodiscard]] virtual contracts::Result<void> start(const VersionName& name,
                                                        const DeploymentSpec& spec,
                                                        std::uint16_t port) = 0;
    [[nodiscard]] virtual contracts::Result<void> keep(const VersionName& name) = 0;
    // Restarts it after the machine itself has restarted, if nothing else does.
    [[nodiscard]] virtual contracts::Result<void> revive(const VersionName& name) = 0;
    [[nodiscard]] virtual contracts::Result<Life> look(const VersionName& name) = 0;
    [[nodiscard]] virtual contracts::Result<Target> target(const VersionName& name,
                                                           std::uint16_t port) = 0;
    [[nodiscard]] virtual contracts::Result<std::string> tail(const VersionName& name,
                                                              std::size_t bytes) = 0;
    // The variables that it was started with, as "NAME=value".
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> environment(
        const VersionName& name) = 0;
    // Ends it and removes everything made for it; succeeds if there is nothing.
    [[nodiscard]] virtual contracts::Result<void> remove(const VersionName& name) = 0;
    // Removes what belongs to the key and not to one version.
    [[nodiscard]] virtual contracts::Result<void> forget(const std::string& key) = 0;
    // All versions of this installation, running or not.
    [[nodiscard]] virtual contracts::Result<std::vector<VersionName>> list() = 0;
};

// PORT, the plain values and the secrets, by name.
[[nodiscard]] std::map<std::string, std::string> full_environment(const DeploymentSpec& spec,
                                                                  std::uint16_t port);

// The user that the project runs as: never root, never another deployment's, never a worker's.
[[nodiscard]] std::uint32_t user_of(const DeploymentSpec& spec);

}  // namespace control::deployer
