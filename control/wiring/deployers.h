// The deployers of this daemon: this machine's, and one for each server that something was
// deployed to.
#pragma once

#include "control/deployer/deployer.h"
#include "control/deployer/workflow/workflows.h"
#include "control/graphs/deploy/calls.h"
#include "control/ports/ports.h"
#include "control/ssh/access.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace control::wiring {

class Deployers {
public:
    // `fatal`: the engine cannot be used, or a directory cannot be made.
    [[nodiscard]] static contracts::Result<std::unique_ptr<Deployers>> make(
        Ports& ports, const Settings& settings);

    // Thread: any. The deployer of a server lives as long as this.
    [[nodiscard]] contracts::Result<std::shared_ptr<Deployer>> of(const contracts::Server& server);
    // Null: projects are not deployed by workflows.
    [[nodiscard]] deployer::Workflows* workflows() { return workflows_ ? &*workflows_ : nullptr; }
    // Of a project's own, which the server lets in from now on.
    [[nodiscard]] contracts::Result<std::string> deploy_key(const contracts::Server& server,
                                                            const std::string& project_id);
    // As Deployer's, of all of them.
    [[nodiscard]] std::vector<std::string> mend();
    // Of this machine's alone: servers go on without us.
    [[nodiscard]] contracts::Result<void> stop_here() { return here_->stop_all(); }

private:
    Deployers(Ports& ports, const Settings& settings);
    std::vector<std::shared_ptr<Deployer>> known();

    Ports& ports_;
    const std::string engine_;  // this machine's
    const std::string build_network_;
    ssh::Access access_;
    std::shared_ptr<Deployer> here_;
    std::optional<deployer::Workflows> workflows_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Deployer>> servers_;  // by id, address and port
};

}  // namespace control::wiring
