#include "control/wiring/deployers.h"

#include "contracts/base/number.h"
#include "control/deployer/local/local_deployer.h"
#include "control/deployer/remote/ssh_deployer.h"
#include "control/graphs/deploy/placement.h"
#include "control/store/servers.h"

#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>

namespace control::wiring {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

// As our playbooks make it.
constexpr const char* kDeployUser = "deploy";

Result<std::string> own_program() {
    std::string self(4096, '\0');
    const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size());
    if (length <= 0) return fail(contracts::system_error(errno, "read /proc/self/exe"));
    self.resize(static_cast<std::size_t>(length));
    return self;
}

// What the tests ran in, without an agent.
Result<std::string> run_image(images::Images& images, const std::vector<std::string>& packages,
                              std::stop_token stop) {
    auto plan = images.ensure({.agent = contracts::AgentType::custom, .packages = packages}, {},
                              std::move(stop));
    if (!plan) return plan.fault();
    return plan->tag;
}

Result<std::unique_ptr<Deployer>> open_here(Ports& ports, const Settings& settings) {
    // Else agents' code would run as plain processes beside the daemon.
    if (settings.runtime.choice == RuntimeChoice::kubernetes)
        return fail(ErrorKind::fatal, "projects are not deployed to Kubernetes yet", "ROLES",
                    "leave deployer out of ROLES");
    const auto self = own_program();
    if (!self) return self.fault();
    const LocalDeployerSettings local{.owner = ports.data.owner(),
                                      .directory = ports.data.deployments(),
                                      .address = settings.deployments.calls.address,
                                      .public_host = settings.deployments.calls.public_host,
                                      .front = {*self, "run-front"}};
    if (!ports.images)
        return make_process_deployer(local, {.supervisor = {*self, "run-process"}}, *ports.forge,
                                     ports.client);
    return make_docker_deployer(
        local,
        {.socket = settings.runtime.docker_socket,
         .build_network = settings.runtime.build_network,
         .run_image =
             [images = ports.images.get()](const std::vector<std::string>& packages,
                                           std::stop_token stop) {
                 return run_image(*images, packages, std::move(stop));
             }},
        *ports.forge, ports.client);
}

SshTarget target_of(const contracts::Server& server) {
    const auto port =
        contracts::whole_number(contracts::text_at(server.labels, "ssh_port"), 1, 65'535);
    return {.server_id = server.id,
            .handle = server.handle,
            .address = server.ip_address,
            .port = static_cast<std::uint16_t>(port.value_or(22)),
            .user = kDeployUser};
}

Result<void> make_private_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
    return fail(contracts::system_error(errno, "create " + path));
}

}  // namespace

Deployers::Deployers(Ports& ports, const Settings& settings)
    : ports_(ports),
      engine_(settings.runtime.docker_socket),
      build_network_(settings.runtime.build_network),
      access_(ports.data.deployment_runs(), ports.database(), ports.store->vault, ports.clock) {}

Result<std::unique_ptr<Deployers>> Deployers::make(Ports& ports, const Settings& settings) {
    const graphs::DeployCallSettings& calls = settings.deployments.calls;
    if (calls.body == graphs::DeployBody::github && !ports.github)
        return fail(ErrorKind::fatal, "deploying by workflows needs repositories at GitHub",
                    "DEPLOYER", "set FORGE=github, or another DEPLOYER");
    if (calls.body != graphs::DeployBody::local && !ports.images)
        return fail(ErrorKind::fatal, "deploying to servers needs a Docker engine here too",
                    "DEPLOYER", "set RUNTIME=docker, or DEPLOYER=local");
    if (auto made = make_private_directory(ports.data.deployment_runs()); !made)
        return made.fault();
    auto here = open_here(ports, settings);
    if (!here) return here.fault();
    std::unique_ptr<Deployers> all(new Deployers(ports, settings));
    all->here_ = std::move(*here);
    if (calls.body == graphs::DeployBody::github)
        all->workflows_.emplace(*ports.github, *ports.forge,
                                deployer::WorkflowSettings{.git_url = settings.forge.git_url,
                                                           .deploy = calls.deploy_workflow,
                                                           .build = calls.build_workflow});
    return all;
}

Result<std::shared_ptr<Deployer>> Deployers::of(const contracts::Server& server) {
    if (server.handle == graphs::kLocalServer) return here_;
    if (!ports_.images)
        return fail(ErrorKind::transient,
                    server.handle + " cannot be deployed to: there is no Docker engine here",
                    "RUNTIME", "set RUNTIME=docker");
    const SshTarget target = target_of(server);
    const std::string name =
        target.server_id + " " + target.address + " " + std::to_string(target.port);
    const std::lock_guard guard(mutex_);
    auto& entry = servers_[name];
    if (!entry)
        entry = make_ssh_deployer(
            {.owner = ports_.data.owner(),
             .directory = ports_.data.server_deployments() + "/" + server.id,
             .target = target,
             .build_network = build_network_,
             .engine = engine_,
             .run_image =
                 [images = ports_.images.get()](const std::vector<std::string>& packages,
                                                std::stop_token stop) {
                     return run_image(*images, packages, std::move(stop));
                 }},
            access_, *ports_.forge, ports_.client);
    return entry;
}

Result<std::string> Deployers::deploy_key(const contracts::Server& server,
                                          const std::string& project_id) {
    auto pair = access_.let_in(target_of(server), "project:" + project_id, {});
    if (!pair) return pair.fault();
    return std::move(pair->private_key);
}

// Those that this daemon has deployed to, in this life or an earlier one.
std::vector<std::shared_ptr<Deployer>> Deployers::known() {
    std::vector<std::shared_ptr<Deployer>> all{here_};
    std::error_code ignored;
    for (const auto& entry :
         std::filesystem::directory_iterator(ports_.data.server_deployments(), ignored)) {
        const auto server = servers::find(ports_.database(), entry.path().filename().string());
        if (!server) continue;
        if (auto one = of(server->entity)) all.push_back(std::move(*one));
    }
    return all;
}

std::vector<std::string> Deployers::mend() {
    std::vector<std::string> faults;
    for (const auto& one : known())
        for (std::string& fault : one->mend())
            faults.push_back(std::move(fault));
    return faults;
}

}  // namespace control::wiring
