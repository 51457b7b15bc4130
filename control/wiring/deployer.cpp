#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/deploy.h"
#include "control/graphs/deploy/placement.h"
#include "control/graphs/graphs.h"
#include "control/jobs/loop.h"
#include "control/wiring/calls_only.h"
#include "control/wiring/deployers.h"
#include "control/wiring/domains.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::fail;
using contracts::Result;

constexpr std::chrono::seconds kMendEvery{60};

class DeployerRole final : public Role {
public:
    DeployerRole(Ports& ports, const Settings& settings, std::unique_ptr<Deployers> deployers)
        : ports_(ports),
          settings_(settings.deployments.calls),
          calls_(calls_on_repositories(ports, "deploy.")),
          deployers_(std::move(deployers)),
          graphs_(graphs_ports(ports), calls_only(ports, "deployer", calls_), modules(settings)),
          mender_(
              "deployments", [this] { return mend(); }, wake_, ports.log),
          domains_(make_domain_loop(ports, settings)) {}

    Result<void> start() override {
        if (auto made =
                graphs::ensure_local_server(ports_.database(), settings_, ports_.clock.now());
            !made)
            return made;
        if (auto started = graphs_.start(); !started) return started;
        mender_.start();
        if (domains_) domains_->start();
        return {};
    }
    void stop() override {
        if (domains_) domains_->stop();
        mender_.stop();
        graphs_.stop();
    }
    Result<void> health() const override {
        if (Result<void> state = mender_.health(); !state) return state;
        if (domains_)
            if (Result<void> state = domains_->health(); !state) return state;
        return graphs_.health();
    }
    Duties duties() const override { return {.calls = calls_.prefixes}; }
    Result<void> end_remains() override { return deployers_->stop_here(); }

private:
    std::vector<graphs::Module> modules(const Settings& settings) {
        std::vector<graphs::Module> all;
        all.push_back(graphs::deploy_module(
            settings.deployments.graph,
            graphs::deploy_calls(
                {.database = ports_.database(),
                 .deployer_of = [this](const auto& server) { return deployers_->of(server); },
                 .forge = *ports_.forge,
                 .vault = ports_.store->vault,
                 .clock = ports_.clock,
                 .workflows = deployers_->workflows(),
                 .deploy_key_of =
                     [this](const auto& server, const std::string& project) {
                         return deployers_->deploy_key(server, project);
                     },
                 .http = &ports_.client},
                settings_)));
        return all;
    }
    Result<std::chrono::milliseconds> mend() {
        for (const std::string& fault : deployers_->mend())
            ports_.log.warning("a deployment could not be brought back", {{"error", fault}});
        return kMendEvery;
    }

    Ports& ports_;
    graphs::DeployCallSettings settings_;
    graphs::CallFilter calls_;
    std::unique_ptr<Deployers> deployers_;
    graphs::Graphs graphs_;
    Wake wake_;
    Loop mender_;
    std::unique_ptr<DomainLoop> domains_;  // null: there is no domain
};

}  // namespace

MadeRole deployer(Ports& ports, const Settings& settings) {
    auto deployers = Deployers::make(ports, settings);
    if (!deployers) return fail(std::move(deployers.error()).context("deployer"));
    return std::make_unique<DeployerRole>(ports, settings, std::move(*deployers));
}

}  // namespace control::wiring
