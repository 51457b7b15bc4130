// Where one version of a deployment lives: a container, or a supervised process. What both do in
// the same way (waiting for the answer, the front, taking over from the version before) is
// local_deployer.cpp's.
//
// Versions are told apart by name, so every call may be made twice. Thread: any.
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
    // Lays the commit's files down and makes them ready to run. The fault is the project's own; its
    // log is not masked yet.
    [[nodiscard]] virtual contracts::Result<std::optional<DeployFault>> build(
        const VersionName& name, const DeploymentSpec& spec, std::stop_token stop) = 0;
    // Where the project is to listen, inside.
    [[nodiscard]] virtual contracts::Result<std::uint16_t> inner_port(
        const DeploymentSpec& spec) = 0;
    // Starts what was built. It is not started again when it ends, until `keep`.
    [[nodiscard]] virtual contracts::Result<void> start(const VersionName& name,
                                                        const DeploymentSpec& spec,
                                                        std::uint16_t port) = 0;
    [[nodiscard]] virtual contracts::Result<void> keep(const VersionName& name) = 0;
    // Starts it again where nothing else will: after the machine's own restart.
    [[nodiscard]] virtual contracts::Result<void> revive(const VersionName& name) = 0;
    [[nodiscard]] virtual contracts::Result<Life> look(const VersionName& name) = 0;
    [[nodiscard]] virtual contracts::Result<Target> target(const VersionName& name,
                                                           std::uint16_t port) = 0;
    [[nodiscard]] virtual contracts::Result<std::string> tail(const VersionName& name,
                                                              std::size_t bytes) = 0;
    // "NAME=value" as it was started with.
    [[nodiscard]] virtual contracts::Result<std::vector<std::string>> environment(
        const VersionName& name) = 0;
    // Ends it and removes all that was made for it; nothing there is success.
    [[nodiscard]] virtual contracts::Result<void> remove(const VersionName& name) = 0;
    // What belongs to the key and to no version.
    [[nodiscard]] virtual contracts::Result<void> forget(const std::string& key) = 0;
    // All of ours, running or not.
    [[nodiscard]] virtual contracts::Result<std::vector<VersionName>> list() = 0;
};

// PORT, the plain values and the secrets, by name.
[[nodiscard]] std::map<std::string, std::string> full_environment(const DeploymentSpec& spec,
                                                                  std::uint16_t port);

// The user that the project runs as: never root, never another deployment's, never a worker's.
[[nodiscard]] std::uint32_t user_of(const DeploymentSpec& spec);

}  // namespace control::deployer
