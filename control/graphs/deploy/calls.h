// The calls of the deploy graph, made by daemons with the role `deployer`. Each may be made twice.
// Values of variables are read, made, opened and handed on here: neither the outbox nor a
// checkpoint has one.
#pragma once

#include "contracts/base/clock.h"
#include "control/deployer/deployer.h"
#include "control/forge/forge.h"
#include "control/graphs/deploy/settings.h"
#include "control/graphs/engine/handlers.h"
#include "control/vault/vault.h"

namespace control::graphs {

// All are borrowed.
struct DeployPorts {
    Database& database;
    Deployer& deployer;
    Forge& forge;
    const Vault& vault;
    const contracts::Clock& clock;
};

// deploy.allocate {project_id, service, avoid?} → {server_id, server_ip, port}
// deploy.analyse {repository, commit} → {health}, or {fault} when the project's files are wrong
// deploy.secrets {project_id, project_name, repository, commit, port} → {missing}; generates and
//   keeps what is the project's own
// deploy.start {…, port} → {url}, {fault, log}, or {port_taken, may_move}
// deploy.probe {project_id} → {}
// deploy.logs {project_id} → {log}
// deploy.stop {project_id, service} → {was_there}; frees the port
[[nodiscard]] CallHandlers deploy_calls(DeployPorts ports, DeployCallSettings settings);

// The same names without functions, for a daemon that makes none of them.
[[nodiscard]] CallHandlers deploy_call_names();

}  // namespace control::graphs
