#include "control/deployer/local/local_deployer.h"
#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/deploy.h"
#include "control/graphs/deploy/placement.h"
#include "control/graphs/graphs.h"
#include "control/jobs/loop.h"
#include "control/wiring/calls_only.h"
#include "control/wiring/wiring.h"

#include <unistd.h>
#include <cerrno>

namespace control::wiring {

namespace {

using contracts::fail;
using contracts::Result;

constexpr std::chrono::seconds kMendEvery{60};

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
    if (!plan) return fail(std::move(plan.error()));
    return plan->tag;
}

Result<std::unique_ptr<Deployer>> open_deployer(Ports& ports, const Settings& settings) {
    const auto self = own_program();
    if (!self) return fail(self.error());
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

class DeployerRole final : public Role {
public:
    DeployerRole(Ports& ports, const Settings& settings, std::unique_ptr<Deployer> deployer)
        : ports_(ports),
          calls_(settings.deployments.calls),
          deployer_(std::move(deployer)),
          graphs_(graphs_ports(ports), calls_only(ports, "deployer", "deploy."), modules(settings)),
          mender_("deployments", [this] { return mend(); }, wake_, ports.log) {}

    Result<void> start() override {
        if (auto made = graphs::ensure_local_server(ports_.database(), calls_, ports_.clock.now());
            !made)
            return made;
        if (auto started = graphs_.start(); !started) return started;
        mender_.start();
        return {};
    }
    void stop() override {
        mender_.stop();
        graphs_.stop();
    }
    Result<void> health() const override {
        if (Result<void> state = mender_.health(); !state) return state;
        return graphs_.health();
    }
    Duties duties() const override { return {.calls = {"deploy."}}; }
    Result<void> end_remains() override { return deployer_->stop_all(); }

private:
    std::vector<graphs::Module> modules(const Settings& settings) {
        std::vector<graphs::Module> all;
        all.push_back(graphs::deploy_module(settings.deployments.graph,
                                            graphs::deploy_calls({.database = ports_.database(),
                                                                  .deployer = *deployer_,
                                                                  .forge = *ports_.forge,
                                                                  .vault = ports_.store->vault,
                                                                  .clock = ports_.clock},
                                                                 calls_)));
        return all;
    }
    Result<std::chrono::milliseconds> mend() {
        for (const std::string& fault : deployer_->mend())
            ports_.log.warning("a deployment could not be brought back", {{"error", fault}});
        return kMendEvery;
    }

    Ports& ports_;
    graphs::DeployCallSettings calls_;
    std::unique_ptr<Deployer> deployer_;
    graphs::Graphs graphs_;
    Wake wake_;
    Loop mender_;
};

}  // namespace

MadeRole deployer(Ports& ports, const Settings& settings) {
    auto deployer = open_deployer(ports, settings);
    if (!deployer) return fail(std::move(deployer.error()).context("deployer"));
    return std::make_unique<DeployerRole>(ports, settings, std::move(*deployer));
}

}  // namespace control::wiring
