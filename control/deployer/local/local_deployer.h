// The deployer's body for this machine. A version is built from `git archive` of the commit, never
// from a workspace, and runs behind a front (front.h), which has the public port:
//
//   docker    a container with the walls of a worker's and without a network; its image is the
//             project's own Dockerfile, or the image that projects are tested in plus its files
//   process   a supervised process as a user of its own, in a network of its own where we may make
//             one: no isolation otherwise, for where no engine answers; a Dockerfile is ignored
//
// Both outlive the daemon; the next one finds them in <directory>/<key>/record.json.
#pragma once

#include "control/deployer/deployer.h"
#include "control/forge/forge.h"
#include "control/http/client.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace control {

struct LocalDeployerSettings {
    std::string owner;                  // this installation's name
    std::string directory;              // created if missing; other users can pass through its path
    std::string address = "127.0.0.1";  // where fronts listen
    std::string public_host{};          // in URLs, if it is not `address`
    std::vector<std::string> front{};   // the argv of run_front_command
    std::string outside{};              // the host for requests from the outside; empty: `address`
};

struct DockerDeployerSettings {
    std::string socket;           // the engine's socket
    std::string build_network{};  // network of build steps; empty: the engine's default; "none"
    // The image with these packages for projects without a Dockerfile; made if missing.
    std::function<contracts::Result<std::string>(const std::vector<std::string>& packages,
                                                 std::stop_token)>
        run_image;
    std::chrono::milliseconds build_timeout = std::chrono::minutes(15);
};

struct ProcessDeployerSettings {
    std::vector<std::string> supervisor;  // the argv of run_process_command
    std::string path{};                   // PATH of the projects; empty: that of the daemon
    std::chrono::milliseconds setup_timeout = std::chrono::minutes(15);
};

// `forge` and `http` must outlive the deployer. Fails with `fatal` if no engine answers.
[[nodiscard]] contracts::Result<std::unique_ptr<Deployer>> make_docker_deployer(
    LocalDeployerSettings settings, DockerDeployerSettings docker, Forge& forge, HttpClient& http);
[[nodiscard]] contracts::Result<std::unique_ptr<Deployer>> make_process_deployer(
    LocalDeployerSettings settings, ProcessDeployerSettings process, Forge& forge,
    HttpClient& http);

}  // namespace control
