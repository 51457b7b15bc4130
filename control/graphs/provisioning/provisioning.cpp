#include "control/graphs/provisioning/provisioning.h"

#include "contracts/messages/provisioner.h"
#include "control/graphs/kit/patience.h"
#include "control/graphs/kit/report.h"
#include "control/graphs/provisioning/nodes.h"
#include "control/graphs/provisioning/record.h"

namespace control::graphs {

using contracts::fail;

namespace {

std::vector<Node> nodes_of_provisioning(const SettingsOf<ProvisioningMove>& settings) {
    namespace nodes = provisioning_nodes;
    const auto decide = [&](Next (*node)(ProvisioningMove&)) {
        return decide_with<ProvisioningMove>(settings, node);
    };
    // A step of an attempt, which may fail.
    const auto step = [&](const char* name, Next (*node)(ProvisioningMove&),
                          std::vector<std::string> edges, const char* call) {
        edges.insert(edges.end(), {kBackOff, "give_up"});
        return Node{.name = name,
                    .decide = decide(node),
                    .edges = std::move(edges),
                    .calls = {call},
                    .waits = true};
    };
    return {step("begin", nodes::begin, {"reinstall", "reach"}, "provision.begin"),
            step("reinstall", nodes::reinstall, {"reach"}, "provision.reinstall"),
            step("reach", nodes::reach, {"access"}, "provision.reach"),
            step("access", nodes::access, {"software"}, "provision.access"),
            step("software", nodes::software, {"record"}, "provision.software"),
            {.name = "record", .decide = decide(nodes::record), .writes = {"provision.record"}},
            {.name = kBackOff,
             .decide = decide(nodes::wait_and_try_again),
             .edges = {"begin"},
             .waits = true},
            {.name = "give_up", .decide = decide(nodes::give_up), .writes = {"provision.record"}}};
}

Result<std::optional<Opening>> open_provisioning(Queries&, const contracts::Entry& entry) {
    const auto message = contracts::parse_entry<contracts::ProvisionerMessage>(entry);
    if (!message) return message.fault();
    if (Result<void> checked = check_callback(message->callback_stream); !checked)
        return checked.fault();
    ProvisioningState state;
    take_request(state, *message);
    state.server_handle = message->server_handle;
    state.force_reinstall = message->force_reinstall;
    state.is_recovery = message->is_recovery;
    return Opening{message->request_id, contracts::write_message(state)};
}

}  // namespace

Graph provisioning_graph(ProvisioningSettings chosen) {
    const auto settings = std::make_shared<const ProvisioningSettings>(std::move(chosen));
    Graph graph;
    graph.name = kProvisioning;
    graph.start = "begin";
    graph.nodes = nodes_of_provisioning(settings);
    graph.cancelled = change_with<ProvisioningMove>(settings, provisioning_nodes::when_cancelled);
    graph.retried = change_with<ProvisioningMove>(settings, provisioning_nodes::when_retried);
    graph.late = change_with<ProvisioningMove>(settings, provisioning_nodes::when_late);
    graph.writes = {"provision.record"};
    return graph;
}

Module provisioning_module(ProvisioningSettings settings, CallHandlers calls) {
    Module module;
    module.graph = provisioning_graph(std::move(settings));
    module.streams = {
        {.name = std::string(contracts::names::kProvisionerQueue), .open = open_provisioning}};
    module.writers = provisioning_writers();
    module.calls = std::move(calls);
    return module;
}

}  // namespace control::graphs
