// The calls of the deploy graph, made by daemons with the role `deployer`. Each may be made twice.
// The values of variables are read, generated, opened and passed on only here: neither the outbox
// nor a checkpoint contains one.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/entities/inventory.h"
#include "control/deployer/deployer.h"
#include "control/deployer/workflow/workflows.h"
#include "control/forge/forge.h"
#include "control/graphs/deploy/settings.h"
#include "control/graphs/engine/handlers.h"
#include "control/vault/vault.h"

#include <functional>
#include <memory>

namespace control::graphs {

// The deployer for a server. Fails if the server cannot be reached from here.
using DeployerOf = std::function<Result<std::shared_ptr<Deployer>>(const contracts::Server&)>;

// The private key for one project, which the server accepts from now on.
using DeployKeyOf =
    std::function<Result<std::string>(const contracts::Server&, const std::string& project_id)>;

// All are borrowed.
struct DeployPorts {
    Database& database;
    DeployerOf deployer_of;
    Forge& forge;
    const Vault& vault;
    const contracts::Clock& clock;
    deployer::Workflows* workflows = nullptr;  // null: projects are not deployed by workflows
    DeployKeyOf deploy_key_of{};               // set together with `workflows`
    HttpClient* http = nullptr;                // set together with `workflows`
};

// deploy.allocate {project_id, service, avoid?} → {server_id, server_ip, port}, or {no_room,
//   is_final}
// deploy.analyse {…} → {health, way?}, or {fault} when the project's files are wrong
// deploy.secrets {project_id, project_name, repository, commit, server_id, port} → {missing};
//   generates and keeps the values that are the project's own
// deploy.start {…, server_id, port} → {url}, {fault, log}, or {port_taken, may_move}
// deploy.probe {project_id, service} → {}
// deploy.logs {project_id, service} → {log}
// deploy.stop {project_id, service, repository} → {was_there, left}; frees the port; `left`: what
//   stays
[[nodiscard]] CallHandlers deploy_calls(DeployPorts ports, DeployCallSettings settings);

// The same names without functions, for a daemon that does not make these calls.
[[nodiscard]] CallHandlers deploy_call_names();

}  // namespace control::graphs
