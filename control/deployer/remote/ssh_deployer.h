// The deployer's body for a server of ours, through the server's own Docker engine, reached over
// ssh. A version is built there from `git archive` of the commit and runs behind the same walls as
// on this machine; the image that projects are tested in is copied there once.
//
// What was deployed is recorded in <directory>, on this machine. A server that does not answer is
// `transient`; one that shows another host key than before is `conflict`, field "host_key".
#pragma once

#include "control/deployer/local/local_deployer.h"
#include "control/ssh/access.h"

#include <functional>
#include <memory>
#include <string>

namespace control {

struct SshDeployerSettings {
    std::string owner;      // this installation's name
    std::string directory;  // records of this server's deployments; created if missing
    SshTarget target;
    std::string build_network{};                         // as in DockerDeployerSettings
    std::string server_socket = "/var/run/docker.sock";  // the engine's, on the server
    std::string public_host{};                           // in URLs; empty: the server's address
    std::string engine;                                  // socket of our own engine, which has
    // the images that projects run in, as DockerDeployerSettings has it
    std::function<contracts::Result<std::string>(const std::vector<std::string>& packages,
                                                 std::stop_token)>
        run_image;
};

// Borrows all of them. Connects to the server only when it is first called.
[[nodiscard]] std::unique_ptr<Deployer> make_ssh_deployer(SshDeployerSettings settings,
                                                          const ssh::Access& access, Forge& forge,
                                                          HttpClient& http);

}  // namespace control
