#include "control/graphs/graphs.h"

#include "control/graphs/deploy/calls.h"
#include "control/graphs/deploy/deploy.h"
#include "control/graphs/engineering/engineering.h"
#include "control/graphs/kit/child_task.h"
#include "control/graphs/kit/forge_calls.h"
#include "control/graphs/kit/template_calls.h"
#include "control/graphs/provisioning/calls.h"
#include "control/graphs/provisioning/provisioning.h"
#include "control/graphs/scaffolder/scaffolder.h"
#include "control/templates/templates.h"
#include "control/wiring/calls_only.h"
#include "control/wiring/wiring.h"

namespace control::wiring {

namespace {

using contracts::Result;

// Whether draft projects are made from a template: as the admin says, or where Copier is installed.
bool scaffolds(const Ports& ports, const TemplateChoice& templates) {
    if (templates.scaffolds) return *templates.scaffolds;
    if (check_copier(templates.copier)) return true;
    ports.log.warning(
        "Copier is not installed: new projects begin empty; install it, or name it in COPIER");
    return false;
}

// The agent that tries deployments is the developers' kind.
graphs::DeploySettings deploy_settings(const Settings& settings) {
    graphs::DeploySettings deploy = settings.deployments.graph;
    const graphs::EngineeringSettings& engineering = settings.engineering;
    deploy.qa.agent_type = engineering.agent_type;
    deploy.qa.auth_mode = engineering.auth_mode;
    deploy.qa.capabilities = engineering.capabilities;
    deploy.qa.env = engineering.developer_env;
    deploy.qa.turn = engineering.turn;
    deploy.qa.memory_mb = engineering.memory_mb;
    return deploy;
}

// The graphs that this daemon runs.
std::vector<graphs::Module> modules(Ports& ports, const Settings& settings) {
    std::vector<graphs::Module> all;
    graphs::EngineeringSettings engineering = settings.engineering;
    engineering.scaffold = scaffolds(ports, settings.templates);
    engineering.toolchains = images::toolchain_names(settings.runtime.toolchains);
    graphs::CallHandlers calls = graphs::forge_calls(*ports.forge);
    calls.merge(graphs::child_calls(ports.database()));
    all.push_back(graphs::engineering_module(std::move(engineering), std::move(calls)));
    all.push_back(graphs::deploy_module(deploy_settings(settings), graphs::deploy_call_names()));
    all.push_back(graphs::scaffolder_module({}, graphs::scaffold_call_names()));
    all.push_back(graphs::provisioning_module({}, graphs::provision_call_names()));
    return all;
}

class GraphsRole final : public Role {
public:
    GraphsRole(Ports& ports, graphs::GraphsSettings settings, std::vector<graphs::Module> modules)
        : calls_(settings.calls.prefixes),
          graphs_(graphs_ports(ports), std::move(settings), std::move(modules)) {}

    Result<void> start() override { return graphs_.start(); }
    void stop() override { graphs_.stop(); }
    Result<void> health() const override { return graphs_.health(); }
    Duties duties() const override { return {.streams = graphs_.streams(), .calls = calls_}; }

private:
    std::vector<std::string> calls_;
    graphs::Graphs graphs_;
};

}  // namespace

MadeRole graphs(Ports& ports, const Settings& settings) {
    if (settings.deployments.graph.qa.is_on && settings.egress.mode == egress::Mode::off)
        return contracts::fail(contracts::ErrorKind::fatal,
                               "the agent that tries deployments could not reach them", "DEPLOY_QA",
                               "set another EGRESS_MODE than off, or DEPLOY_QA=false");
    graphs::GraphsSettings chosen;
    chosen.instance = ports.data.owner();
    chosen.calls = calls_on_repositories(ports, "forge.");
    chosen.calls.prefixes.emplace_back("task.");  // of rows alone
    return std::make_unique<GraphsRole>(ports, std::move(chosen), modules(ports, settings));
}

}  // namespace control::wiring
